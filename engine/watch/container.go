package watch

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/go-connections/nat"
)

// labelSandbox marks the containers that are Berth's.
const labelSandbox = "app.berth.sandbox"

// ownPrefix is how the names of Berth's containers begin.
const ownPrefix = "berth-"

// Container is what is known of one container. It is a value; its map and slice must not be changed.
//
// Of Berth's own containers everything is known. Of all others only what a list tells until they change: the times after
// Created, ExitCode, OOMKilled, Error and Memory are zero then.
type Container struct {
	ID      string
	Name    string // without the leading slash
	Image   string // as it was asked for
	ImageID string
	Labels  map[string]string
	Sandbox bool // it is one of Berth's

	// Status is the engine's word: created, running, paused, restarting, removing, exited or dead. Podman's further
	// words are put as these.
	Status    string
	ExitCode  int // of the last run; meaningless while running
	OOMKilled bool
	Error     string // why the last start failed
	Created   time.Time
	Early     bool // that it has ended is known from the event alone: why, and what its restart policy makes of it, is not yet
	// StartedAt and FinishedAt are of the last run, zero when there was none.
	StartedAt, FinishedAt time.Time

	Ports  []Port   // published ports; of a stopped container those it asks for
	Memory int64    // limit in bytes, 0 for none
	Kept   []string // what it writes below these paths outlives it: volumes and folders that are mounted to be written
}

// Port is a published TCP port.
type Port struct {
	IP              string // the engine's address it is published on; "" is all
	Host, Container int    // Host is 0 when the engine shall choose
}

// fromInspect reads everything.
func fromInspect(r container.InspectResponse) Container {
	c := Container{
		ID: r.ID, Name: strings.TrimPrefix(r.Name, "/"), ImageID: r.Image, Created: moment(r.Created),
	}
	if r.Config != nil {
		c.Image, c.Labels = r.Config.Image, r.Config.Labels
	}
	_, c.Sandbox = c.Labels[labelSandbox]
	if s := r.State; s != nil {
		c.Status, c.ExitCode, c.OOMKilled, c.Error = status(s.Status), s.ExitCode, s.OOMKilled, s.Error
		c.StartedAt, c.FinishedAt = moment(s.StartedAt), moment(s.FinishedAt)
	}
	if r.NetworkSettings != nil {
		c.Ports = ports(r.NetworkSettings.Ports)
	}
	for _, m := range r.Mounts {
		if m.RW && m.Type != "tmpfs" {
			c.Kept = append(c.Kept, m.Destination)
		}
	}
	if r.HostConfig != nil {
		c.Memory = r.HostConfig.Memory
		if len(c.Ports) == 0 {
			c.Ports = ports(r.HostConfig.PortBindings)
		}
	}
	return c
}

// fromSummary reads what a list tells.
func fromSummary(s container.Summary) Container {
	c := Container{
		ID: s.ID, Image: s.Image, ImageID: s.ImageID, Labels: s.Labels, Status: status(s.State), Created: time.Unix(s.Created, 0),
	}
	if len(s.Names) > 0 {
		c.Name = strings.TrimPrefix(s.Names[0], "/")
	}
	_, c.Sandbox = c.Labels[labelSandbox]
	for _, p := range s.Ports {
		if p.PublicPort != 0 && p.Type != "udp" {
			c.Ports = append(c.Ports, Port{IP: p.IP, Host: int(p.PublicPort), Container: int(p.PrivatePort)})
		}
	}
	slices.SortFunc(c.Ports, comparePorts)
	return c
}

// status puts Podman's words as Docker's.
func status(s string) string {
	switch s {
	case "configured", "initialized":
		return "created"
	case "stopped":
		return "exited"
	default:
		return s
	}
}

func ports(bindings nat.PortMap) []Port {
	var all []Port
	for port, bound := range bindings {
		if port.Proto() == "udp" {
			continue
		}
		for _, b := range bound {
			host, _ := strconv.Atoi(b.HostPort) // empty: the engine chooses
			all = append(all, Port{IP: b.HostIP, Host: host, Container: port.Int()})
		}
	}
	slices.SortFunc(all, comparePorts)
	return all
}

func comparePorts(a, b Port) int {
	if a.Container != b.Container {
		return a.Container - b.Container
	}
	if a.Host != b.Host {
		return a.Host - b.Host
	}
	return strings.Compare(a.IP, b.IP)
}

// moment reads a time of the engine's; the year 1 stands for never.
func moment(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() <= 1 {
		return time.Time{}
	}
	return t
}
