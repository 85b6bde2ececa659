package connect

import (
	"os"
	"strings"
)

// advice is what one OS offers for one product.
type advice struct {
	programs []string // one of these on the PATH means that it is installed
	files    []string // or one of these files or folders; ${NAME} as in places.go
	start    []string // starts it; nil when the person has to
	root     bool     // start needs the administrator
	say      string   // the same as a person types it
}

// With systemd and without: the same engine, another command.
var (
	startDockerSystemd = advice{
		programs: []string{"dockerd"}, start: []string{"systemctl", "start", "docker"}, root: true, say: "sudo systemctl start docker",
	}
	startDockerService = advice{
		programs: []string{"dockerd"}, start: []string{"service", "docker", "start"}, root: true, say: "sudo service docker start",
	}
)

// advices say for each OS and product how to see that it is installed, and how it is started. Sources: the products' own
// documentation and the units their Linux packages bring.
var advices = map[string]map[product]advice{
	"linux": {
		dockerSystem:   startDockerSystemd,
		dockerRootless: {programs: []string{"dockerd-rootless.sh"}, start: []string{"systemctl", "--user", "start", "docker"}, say: "systemctl --user start docker"},
		dockerDesktop:  {files: []string{"/opt/docker-desktop"}, start: []string{"systemctl", "--user", "start", "docker-desktop"}, say: "systemctl --user start docker-desktop"},
		podmanUser:     {programs: []string{"podman"}, start: []string{"systemctl", "--user", "start", "podman.socket"}, say: "systemctl --user start podman.socket"},
		podmanSystem:   {programs: []string{"podman"}, start: []string{"systemctl", "start", "podman.socket"}, root: true, say: "sudo systemctl start podman.socket"},
		rancherDesktop: {programs: []string{"rdctl"}, files: []string{"/opt/rancher-desktop"}, start: []string{"rdctl", "start"}, say: "rdctl start"},
		colima:         {programs: []string{"colima"}, start: []string{"colima", "start"}, say: "colima start"},
		lima:           {files: []string{"${LIMA_HOME}/docker"}, start: []string{"limactl", "start", "docker"}, say: "limactl start docker"},
	},
	"darwin": {
		dockerDesktop:  {files: []string{"/Applications/Docker.app", "${HOME}/Applications/Docker.app"}, start: []string{"open", "-a", "Docker"}, say: "open -a Docker"},
		orbStack:       {files: []string{"/Applications/OrbStack.app", "${HOME}/Applications/OrbStack.app"}, start: []string{"open", "-a", "OrbStack"}, say: "open -a OrbStack"},
		rancherDesktop: {files: []string{"/Applications/Rancher Desktop.app"}, start: []string{"open", "-a", "Rancher Desktop"}, say: `open -a "Rancher Desktop"`},
		colima:         {programs: []string{"colima"}, start: []string{"colima", "start"}, say: "colima start"},
		lima:           {files: []string{"${LIMA_HOME}/docker"}, start: []string{"limactl", "start", "docker"}, say: "limactl start docker"},
		podmanUser:     {programs: []string{"podman"}, start: []string{"podman", "machine", "start"}, say: "podman machine start"},
	},
	"windows": {
		dockerDesktop: {
			files: []string{`${ProgramFiles}\Docker\Docker\Docker Desktop.exe`},
			start: []string{`${ProgramFiles}\Docker\Docker\Docker Desktop.exe`},
			say:   `& "${ProgramFiles}\Docker\Docker\Docker Desktop.exe"`,
		},
		podmanUser: {programs: []string{"podman"}, start: []string{"podman", "machine", "start"}, say: "podman machine start"},
	},
}

// adviceFor is what to do about a product on this computer, and whether it is installed.
func adviceFor(p product, w Where) (a advice, installed bool) {
	table, ok := advices[w.goos()]
	if !ok {
		table = advices["linux"]
	}
	a, ok = table[p]
	if !ok {
		return advice{}, false
	}
	if p == dockerSystem && !w.systemd() {
		a = startDockerService
	}
	if (p == podmanUser || p == podmanSystem) && w.goos() == "linux" && !w.systemd() {
		// Without systemd nobody holds the socket open, and the service runs until it is stopped: for a person to start.
		a.start, a.root, a.say = nil, false, "podman system service --time=0"
		if p == podmanSystem {
			a.say = "sudo " + a.say
		}
	}
	for _, name := range a.programs {
		installed = installed || w.program(name) != ""
	}
	for _, file := range a.files {
		if file, ok := w.expand(file); ok && w.exists(file) {
			installed = true
		}
	}
	var start []string // the table's own slice stays as it is
	for _, arg := range a.start {
		if arg, ok := w.expand(arg); ok {
			start = append(start, arg)
		}
	}
	a.start = start
	a.say = os.Expand(a.say, w.variable)
	return a, installed
}

// systemd reports whether systemd runs this computer, as sd_booted(3) finds out.
func (w Where) systemd() bool { return w.exists("/run/systemd/system") }

// programOrFile finds a program by name or takes the path it already is.
func (w Where) programOrFile(name string) string {
	if !strings.ContainsAny(name, `/\`) {
		return w.program(name)
	}
	if w.exists(name) {
		return name
	}
	return ""
}

// install says how to get an engine: a sentence, and the command for it where one does it.
func install(w Where) (remedy, command string) {
	switch w.goos() {
	case "darwin":
		return "Install Docker Desktop, OrbStack or Colima.", "brew install --cask docker"
	case "windows":
		return "Install Docker Desktop.", "winget install Docker.DockerDesktop"
	}
	for _, id := range osIDs(w) {
		switch id {
		case "debian", "ubuntu":
			return "Install Docker.", "sudo apt-get install docker.io"
		case "fedora":
			return "Install Docker.", "sudo dnf install moby-engine"
		case "rhel", "centos":
			return "Install Podman and open its socket.", "sudo dnf install podman"
		case "arch":
			return "Install Docker.", "sudo pacman -S docker"
		case "suse", "opensuse":
			return "Install Docker.", "sudo zypper install docker"
		case "alpine":
			return "Install Docker.", "sudo apk add docker"
		}
	}
	return "Install Docker or Podman; https://docs.docker.com/engine/install/ says how.", ""
}

// osIDs are ID and ID_LIKE of os-release(5), the most exact first.
func osIDs(w Where) []string {
	text, err := w.read("/etc/os-release")
	if err != nil {
		return nil
	}
	var id, like []string
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		value = strings.Trim(value, `"'`)
		switch key {
		case "ID":
			id = []string{value}
		case "ID_LIKE":
			like = strings.Fields(value)
		}
	}
	return append(id, like...)
}
