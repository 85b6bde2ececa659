package connect

// place is one well-known way to an engine on this computer. A path may hold ${NAME} (see Where.variable; a row whose
// variable has no value is left out) and * (every match is an endpoint, named after what the * stood for).
type place struct {
	name string  // for people
	host string  // the endpoint's host
	each string  // further hosts with a *, as the other machines of Colima; "" for none
	of   product // whose it is; decides what a failure means and what mends it
}

// product is a program that provides an engine.
type product string

const (
	dockerSystem   product = "Docker"
	dockerRootless product = "Docker (rootless)"
	dockerDesktop  product = "Docker Desktop"
	podmanUser     product = "Podman"
	podmanSystem   product = "Podman (system)"
	colima         product = "Colima"
	orbStack       product = "OrbStack"
	rancherDesktop product = "Rancher Desktop"
	lima           product = "Lima"
	otherProduct   product = "" // an endpoint somebody set up by hand
)

// defaultName is what Docker calls the context that is the default socket.
const defaultName = "default"

// places are the well-known endpoints of each OS in the order in which they are tried. The first is Docker's default.
// Sources: docker/cli (default hosts), moby's rootless set-up, podman-system-service(1), and the documentation of Docker
// Desktop, Colima (socket location), OrbStack, Rancher Desktop and Lima (the docker template).
var places = map[string][]place{
	"linux": {
		{name: defaultName, host: "unix:///var/run/docker.sock", of: dockerSystem},
		{name: "Docker (rootless)", host: "unix://${XDG_RUNTIME_DIR}/docker.sock", of: dockerRootless},
		{name: "Docker (rootless, home)", host: "unix://${HOME}/.docker/run/docker.sock", of: dockerRootless},
		{name: "Docker Desktop", host: "unix://${HOME}/.docker/desktop/docker.sock", of: dockerDesktop},
		{name: "Podman", host: "unix://${XDG_RUNTIME_DIR}/podman/podman.sock", of: podmanUser},
		{name: "Podman (system)", host: "unix:///run/podman/podman.sock", of: podmanSystem},
		{name: "Rancher Desktop", host: "unix://${HOME}/.rd/docker.sock", of: rancherDesktop},
		{name: "Colima", host: "unix://${COLIMA_HOME}/default/docker.sock", each: "unix://${COLIMA_HOME}/*/docker.sock", of: colima},
		{name: "Lima", host: "unix://${LIMA_HOME}/docker/sock/docker.sock", each: "unix://${LIMA_HOME}/*/sock/docker.sock", of: lima},
	},
	"darwin": {
		{name: defaultName, host: "unix:///var/run/docker.sock", of: dockerDesktop},
		{name: "Docker Desktop", host: "unix://${HOME}/.docker/run/docker.sock", of: dockerDesktop},
		{name: "OrbStack", host: "unix://${HOME}/.orbstack/run/docker.sock", of: orbStack},
		{name: "Colima", host: "unix://${COLIMA_HOME}/default/docker.sock", each: "unix://${COLIMA_HOME}/*/docker.sock", of: colima},
		{name: "Colima (config folder)", host: "unix://${XDG_CONFIG_HOME}/colima/default/docker.sock", each: "unix://${XDG_CONFIG_HOME}/colima/*/docker.sock", of: colima},
		{name: "Rancher Desktop", host: "unix://${HOME}/.rd/docker.sock", of: rancherDesktop},
		{name: "Lima", host: "unix://${LIMA_HOME}/docker/sock/docker.sock", each: "unix://${LIMA_HOME}/*/sock/docker.sock", of: lima},
		{
			name: "Podman", host: "unix://${HOME}/.local/share/containers/podman/machine/podman.sock",
			each: "unix://${HOME}/.local/share/containers/podman/machine/*/podman.sock", of: podmanUser,
		},
	},
	"windows": {
		{name: defaultName, host: "npipe:////./pipe/docker_engine", of: dockerDesktop},
		{name: "Docker Desktop", host: "npipe:////./pipe/dockerDesktopLinuxEngine", of: dockerDesktop},
		{name: "Podman", host: "npipe:////./pipe/podman-machine-default", of: podmanUser},
	},
}

// placesOf are the places of an OS; one without a table of its own (the BSDs) is looked at as Linux is.
func placesOf(goos string) []place {
	if table, ok := places[goos]; ok {
		return table
	}
	return places["linux"]
}
