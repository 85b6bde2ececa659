package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// ticksPerSecond is in what Linux counts a process's time, on every processor that Berth is built for.
const ticksPerSecond = 100

// stat is what /proc tells of a process: its name, who started it, and the time it has had.
func stat(pid int) (name string, parent int, ticks uint64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", 0, 0 // it has ended
	}
	_, rest, _ := strings.Cut(string(text), "(")
	at := strings.LastIndex(rest, ")") // a name may have one in it
	if at < 0 {
		return "", 0, 0
	}
	fields := strings.Fields(rest[at+1:])
	if len(fields) < 13 {
		return "", 0, 0
	}
	parent, _ = strconv.Atoi(fields[1])
	user, _ := strconv.ParseUint(fields[11], 10, 64)
	system, _ := strconv.ParseUint(fields[12], 10, 64)
	return rest[:at], parent, user + system
}

// ticks are those of several processes.
func ticks(pids []int) (all uint64) {
	for _, pid := range pids {
		_, _, one := stat(pid)
		all += one
	}
	return all
}

// children are the processes that a process started, and those that they did.
func children(of int) (pids []int) {
	found, _ := filepath.Glob("/proc/[0-9]*") // the pattern is a good one
	for _, path := range found {
		pid, err := strconv.Atoi(filepath.Base(path))
		if err != nil {
			continue
		}
		if _, parent, _ := stat(pid); parent == of {
			pids = append(append(pids, pid), children(pid)...)
		}
	}
	return pids
}

// enginePIDs are dockerd of DOCKER_HOST and its containerd, as scripts/testbed starts them.
func enginePIDs() []int {
	socket := strings.TrimPrefix(os.Getenv("DOCKER_HOST"), "unix://")
	text, err := os.ReadFile(filepath.Join(filepath.Dir(socket), "docker", "pid"))
	if err != nil {
		return nil
	}
	dockerd, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return nil
	}
	pids := []int{dockerd}
	for _, pid := range children(dockerd) {
		if name, _, _ := stat(pid); name == "containerd" {
			pids = append(pids, pid)
		}
	}
	return pids
}

func kill(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }
