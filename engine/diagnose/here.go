package diagnose

import (
	"cmp"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
)

// variables are those that change how an engine is found and reached, or how a window looks. What is in them is masked as
// everything is.
var variables = []string{
	"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_API_VERSION", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "CONTAINER_HOST",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"DISPLAY", "WAYLAND_DISPLAY", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS",
	"LIBGL_ALWAYS_SOFTWARE", "FYNE_SCALE", "FYNE_THEME",
}

// Here is this computer. Env is the environment; it reads a few small files.
func Here(env func(string) string) System {
	s := System{
		Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Desktop: cmp.Or(env("XDG_CURRENT_DESKTOP"), env("DESKTOP_SESSION")),
		Session: env("XDG_SESSION_TYPE"), Language: cmp.Or(env("LC_ALL"), env("LC_MESSAGES"), env("LANG")),
	}
	if s.Session == "" {
		switch {
		case env("WAYLAND_DISPLAY") != "":
			s.Session = "wayland"
		case env("DISPLAY") != "":
			s.Session = "x11"
		}
	}
	s.OS, s.Kernel = osNames()
	s.OS = cmp.Or(s.OS, runtime.GOOS)
	s.FilesOpen, s.FilesLimit = openFiles()
	for _, name := range variables {
		if value := env(name); value != "" {
			s.Environment = append(s.Environment, Setting{name, value})
		}
	}
	if env("SSH_AUTH_SOCK") != "" {
		s.Environment = append(s.Environment, Setting{"An agent of ssh", "yes"}) // its socket helps nobody
	}
	return s
}

// Toolchain is the Go that this program was built with and the Fyne that is in it; "" where that is not known.
func Toolchain() (goVersion, fyne string) {
	goVersion = strings.TrimPrefix(runtime.Version(), "go")
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return goVersion, ""
	}
	for _, dep := range info.Deps {
		if dep.Path == "fyne.io/fyne/v2" {
			return goVersion, strings.TrimPrefix(dep.Version, "v")
		}
	}
	return goVersion, ""
}

// Room is how much of the disk below a path is free for this user; ok is false when that cannot be told, as for a folder of another
// computer.
func Room(what, path string) (Free, bool) {
	for path != "" { // a folder that is not made yet is on the disk of the one above
		if _, err := os.Stat(path); err == nil {
			break
		}
		above := filepath.Dir(path)
		if above == path {
			return Free{}, false
		}
		path = above
	}
	free, total, err := room(path)
	return Free{What: what, Path: path, Free: free, Total: total}, err == nil && total > 0
}
