package connect

import (
	"os"
	"os/user"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// Where is the computer and the person endpoints are looked for: environment, home folder, OS. The zero value has neither
// environment nor home folder and finds only what the OS fixes; Here is the real one.
type Where struct {
	GOOS string              // an OS as Go names it; "" is the one this program runs on
	Home string              // the home folder; "" when there is none
	Env  func(string) string // the environment; nil is an empty one
	UID  int                 // of the person; -1 on Windows
	User string              // the login name

	// Added gives the endpoints that the person added by hand; nil is none.
	Added func() []Address
	// Groups gives the groups this process has, which are those of the login session; nil is none.
	Groups func() ([]int, error)
	// Read reads a file that says something of the OS, as /etc/group and /etc/os-release; nil is os.ReadFile.
	Read func(path string) ([]byte, error)
	// Exists reports whether a file or folder is there: programs, applications, /run/systemd/system; nil asks the OS.
	Exists func(path string) bool
}

// Here is this computer, and the person who runs this program.
func Here() Where {
	w := Where{GOOS: runtime.GOOS, Env: os.Getenv, UID: os.Getuid(), Groups: os.Getgroups}
	w.Home, _ = os.UserHomeDir() // without one, only the sockets of the system are known
	if u, err := user.Current(); err == nil {
		w.User = u.Username
	}
	return w
}

func (w Where) goos() string {
	if w.GOOS == "" {
		return runtime.GOOS
	}
	return w.GOOS
}

func (w Where) env(name string) string {
	if w.Env == nil {
		return ""
	}
	return w.Env(name)
}

func (w Where) read(name string) ([]byte, error) {
	if w.Read != nil {
		return w.Read(name)
	}
	return os.ReadFile(name) //nolint:gosec // files of the system
}

func (w Where) exists(name string) bool {
	if w.Exists != nil {
		return w.Exists(name)
	}
	_, err := os.Stat(name)
	return err == nil
}

// variable is the value of one ${NAME} of the tables in places.go; "" drops the row.
func (w Where) variable(name string) string {
	value := w.env(name)
	switch {
	case name == "HOME":
		return w.Home
	case value != "":
		return value
	case name == "XDG_RUNTIME_DIR" && w.goos() == "linux":
		// What a login session sets; a program started outside of one finds the sockets all the same.
		return "/run/user/" + strconv.Itoa(w.UID)
	case name == "XDG_CONFIG_HOME" && w.Home != "":
		return w.Home + "/.config"
	case name == "COLIMA_HOME" && w.Home != "":
		return w.Home + "/.colima"
	case name == "LIMA_HOME" && w.Home != "":
		return w.Home + "/.lima"
	case name == "ProgramFiles":
		return `C:\Program Files`
	}
	return ""
}

// expand replaces each ${NAME}; ok is false when one has no value.
func (w Where) expand(pattern string) (expanded string, ok bool) {
	ok = true
	expanded = os.Expand(pattern, func(name string) string {
		value := w.variable(name)
		ok = ok && value != ""
		return value
	})
	return expanded, ok
}

// dockerConfig is the folder of Docker's config.json and context store.
func (w Where) dockerConfig() string {
	if dir := w.env("DOCKER_CONFIG"); dir != "" {
		return dir
	}
	if w.Home == "" {
		return ""
	}
	return filepath.Join(w.Home, ".docker")
}

// usual are folders with programs that the PATH of a desktop process often lacks.
var usual = map[string][]string{
	"linux": {"/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin", "${HOME}/bin", "${HOME}/.local/bin", "${HOME}/.rd/bin"},
	"darwin": {
		"/usr/local/bin", "/opt/homebrew/bin", "/usr/bin", "/bin", "/usr/sbin", "${HOME}/bin", "${HOME}/.docker/bin",
		"${HOME}/.orbstack/bin", "${HOME}/.rd/bin", "/opt/podman/bin", "/opt/local/bin", "/Applications/Docker.app/Contents/Resources/bin",
	},
	"windows": {
		`C:\Windows\System32\OpenSSH`, `C:\Windows\System32`, `${ProgramFiles}\Docker\Docker\resources\bin`,
		`${ProgramFiles}\RedHat\Podman`, `${ProgramFiles}\Git\usr\bin`,
	},
}

// program finds a program on the PATH or in the usual places; "" when it is in neither.
func (w Where) program(name string) string {
	folders := usual[w.goos()]
	separator, join := ":", path.Join
	if w.goos() == "windows" {
		name += ".exe"
		separator, join = ";", func(parts ...string) string { return strings.Join(parts, `\`) }
	}
	for _, folder := range append(strings.Split(w.env("PATH"), separator), folders...) {
		folder, ok := w.expand(folder)
		if !ok || folder == "" {
			continue
		}
		if file := join(folder, name); w.exists(file) {
			return file
		}
	}
	return ""
}
