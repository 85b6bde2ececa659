package viewmodel

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"berth/ui/i18n"
)

// sights are what a form knows of this computer: its folders and its ports. Looking can take long, on a network's disk for
// ever, so a form asks for what it does not know and is told later.
type sights struct {
	folders map[string]folderSight // nil values are not there: see unknown
	ports   map[string]bool        // "127.0.0.1:4096" -> something of this computer has it
	unknown map[string]bool        // paths and addresses that are asked for and not known
}

// folderSight is what a path of this computer is.
type folderSight struct{ there, dir, root, home bool }

func newSights() sights {
	return sights{folders: map[string]folderSight{}, ports: map[string]bool{}, unknown: map[string]bool{}}
}

// waits reports whether something that was asked for is not known.
func (s *sights) waits() bool { return len(s.unknown) > 0 }

// folder is what a path is; when that is not known it is asked for.
func (s *sights) folder(path string) (folderSight, bool) {
	is, known := s.folders[path]
	if !known {
		s.unknown[path] = true
	}
	return is, known
}

// portTaken reports whether a program of this computer has a port, as far as that is known. Only a local engine publishes
// there, and what a sandbox has itself is no trouble.
func (f *Form) portTaken(port int) bool {
	if !f.local() || f.Edits && port == f.before.Port {
		return false
	}
	address := net.JoinHostPort(or(strings.TrimSpace(f.values[ReachField]), "127.0.0.1"), strconv.Itoa(port))
	taken, known := f.seen.ports[address]
	if !known {
		f.seen.unknown[address] = true
	}
	return taken
}

// Learn looks away from the main goroutine for what Check did not know, and calls then when something new is known. A port
// that a new sandbox was only proposed gives way to the next one that is free.
func (f *Form) Learn(then func()) {
	f.seen.unknown = map[string]bool{}
	f.Check() // what is asked for now, not what was while somebody typed
	if !f.seen.waits() {
		return
	}
	wanted := make([]string, 0, len(f.seen.unknown))
	for what := range f.seen.unknown {
		wanted = append(wanted, what)
	}
	f.app.Async(func(context.Context) func() {
		folders, ports := map[string]folderSight{}, map[string]bool{}
		for _, what := range wanted {
			if strings.ContainsAny(what, `/\`) {
				folders[what] = lookAt(what)
			} else {
				ports[what] = f.app.PortTaken(what)
			}
		}
		return func() {
			for path, is := range folders {
				f.seen.folders[path] = is
				delete(f.seen.unknown, path)
			}
			for address, taken := range ports {
				f.seen.ports[address] = taken
				delete(f.seen.unknown, address)
			}
			if !f.Edits && !f.touched(PortField) && f.Check()[PortField].Text == i18n.T("Taken by another program on this computer.") {
				port, _ := strconv.Atoi(f.values[PortField]) // it is proposed, so it is a number
				f.values[PortField] = strconv.Itoa(freePort(f.app.snapshot, port+1, f.engine, ""))
				f.first[PortField] = f.values[PortField]
				f.Learn(then)
			}
			then()
		}
	})
}

// lookAt looks what a path is, wherever links lead.
func lookAt(path string) folderSight {
	info, err := os.Stat(path)
	if err != nil {
		return folderSight{}
	}
	is := folderSight{there: true, dir: info.IsDir()}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		real = filepath.Clean(path)
	}
	is.root = real == filepath.VolumeName(real)+string(filepath.Separator)
	if home, err := os.UserHomeDir(); err == nil && home != "" {
		if whole, err := filepath.EvalSymlinks(home); err == nil {
			home = whole
		}
		inside, err := filepath.Rel(real, home) // the home folder itself, or one that holds it
		is.home = err == nil && inside != ".." && !strings.HasPrefix(inside, ".."+string(filepath.Separator))
	}
	return is
}

// wsaAddrInUse is what Windows says for EADDRINUSE.
const wsaAddrInUse = syscall.Errno(10048)

// portTaken tries to listen on an address. Whatever else is wrong with it, the engine may have more rights.
func portTaken(address string) bool {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, wsaAddrInUse)
	}
	_ = l.Close()
	return false
}
