package image

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// usualPlaces are the folders in which shells find programs and a process started from a desktop often does not: its PATH
// is the system's, without what shell profiles add. Patterns are expanded; later folders are tried later.
func usualPlaces() []string {
	home, _ := os.UserHomeDir()
	var patterns []string
	switch runtime.GOOS {
	case "windows":
		for _, root := range []string{os.Getenv("ProgramFiles"), os.Getenv("LOCALAPPDATA"), os.Getenv("APPDATA")} {
			if root != "" {
				patterns = append(patterns, filepath.Join(root, `Docker\Docker\resources\bin`), filepath.Join(root, "nodejs"), filepath.Join(root, "npm"))
			}
		}
	default:
		patterns = []string{"/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin", "/snap/bin", "/Applications/Docker.app/Contents/Resources/bin"}
		for _, own := range []string{".docker/bin", ".rd/bin", ".orbstack/bin", ".local/bin", "bin", ".volta/bin", ".nvm/versions/node/*/bin", ".asdf/shims"} {
			if home != "" {
				patterns = append(patterns, filepath.Join(home, own))
			}
		}
	}
	var places []string
	for _, pattern := range patterns {
		found, _ := filepath.Glob(pattern)
		slices.Sort(found)
		slices.Reverse(found) // of several versions the newest first
		places = append(places, found...)
	}
	return places
}

// findProgram finds an installed program by its name, on PATH first, then in the usual places.
func findProgram(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	for _, place := range usualPlaces() {
		if path, also := exec.LookPath(filepath.Join(place, name)); also == nil {
			return path, nil
		}
	}
	return "", err
}

// environ is this process's environment with a PATH on which the program at path finds its companions, as npm does node.
func environ(path string) []string {
	places := append([]string{filepath.Dir(path)}, filepath.SplitList(os.Getenv("PATH"))...)
	for _, place := range usualPlaces() {
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	env := slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(strings.ToUpper(entry), "PATH=") })
	return append(env, "PATH="+strings.Join(places, string(filepath.ListSeparator)))
}
