// Package leak ends the tests of a package with a look at what they left: goroutines that still run, and files, sockets and pipes
// that are still open. Nothing but tests imports it.
package leak

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience is how long what is on its way out may take.
var patience = 5 * time.Second

// Main runs a package's tests and ends the process as they do, or badly when they leave something; its TestMain calls it. Functions
// are those, by their full names, whose goroutines a library never ends.
func Main(m *testing.M, functions ...string) {
	before := opened()
	code := m.Run()
	if code == 0 {
		code = look(before, functions)
	}
	os.Exit(code)
}

// look says on stderr what is left, and gives the process's exit code.
func look(before map[string][]string, functions []string) int {
	var ignore []goleak.Option
	for _, name := range functions {
		ignore = append(ignore, goleak.IgnoreAnyFunction(name))
	}
	if err := goleak.Find(ignore...); err != nil {
		fmt.Fprintf(os.Stderr, "leak: goroutines are left: %v\n", err)
		return 1
	}
	if left := stays(before); len(left) > 0 {
		fmt.Fprintf(os.Stderr, "leak: these are left open:\n\t%s\n", strings.Join(left, "\n\t"))
		return 1
	}
	return 0
}

// stays waits until no more is open than before, and gives what still is when the patience is over.
func stays(before map[string][]string) []string {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		// What Go itself keeps for the next use, as the pipes between two connections, it lets go of at the second collection.
		runtime.GC()
		runtime.GC()
		left := beyond(before, opened())
		if len(left) == 0 {
			return nil
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			return left
		}
	}
}

// beyond names what is open of each kind of which there is more than before, but what was open then.
func beyond(before, now map[string][]string) []string {
	var left []string
	for kind, targets := range now {
		if len(targets) <= len(before[kind]) {
			continue
		}
		old := slices.Clone(before[kind])
		for _, target := range targets {
			if at := slices.Index(old, target); at >= 0 {
				old = slices.Delete(old, at, at+1)
				continue
			}
			left = append(left, kind+" "+target)
		}
	}
	slices.Sort(left)
	return left
}
