package engine

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"berth/engine/fault"
	"berth/engine/task"
)

// tally counts what was done and what came of it.
type tally struct{ *counts }

type counts struct {
	mu       sync.Mutex // guards everything below
	commands map[string]map[string]int
	why      map[fault.Kind]int
	faults   map[string]int
	lines    []string
	sessions []string // acknowledged
}

func newTally() tally {
	return tally{&counts{commands: map[string]map[string]int{}, why: map[fault.Kind]int{}, faults: map[string]int{}}}
}

func (c *counts) count(kind, end string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.commands[kind] == nil {
		c.commands[kind] = map[string]int{}
	}
	c.commands[kind][end]++
}

func (c *counts) task(kind string, v task.View) {
	c.count(kind, string(v.State))
	if v.State == task.Failed {
		c.mu.Lock()
		c.why[fault.KindOf(v.Err)]++
		c.mu.Unlock()
	}
}

// answer counts a question.
func (c *counts) answer(kind string, err error) {
	switch {
	case err == nil:
		c.count(kind, string(task.Done))
	case errors.Is(err, fault.Cancelled):
		c.count(kind, string(task.Cancelled))
	default:
		c.count(kind, string(task.Failed))
	}
}

func (c *counts) fault(kind string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults[kind]++
}

func (c *counts) acknowledged(session string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions = append(c.sessions, session)
}

func (c *counts) compared(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, fmt.Sprintf(format, args...))
}

func (c *counts) print(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	var all strings.Builder
	fmt.Fprintf(&all, "\n%-40s %6s %6s %9s\n", "command", task.Done, task.Failed, task.Cancelled)
	sum := map[string]int{}
	row := func(name string, n map[string]int) {
		fmt.Fprintf(&all, "%-40s %6d %6d %9d\n", name, n[string(task.Done)], n[string(task.Failed)], n[string(task.Cancelled)])
	}
	for _, kind := range slices.Sorted(maps.Keys(c.commands)) {
		row(kind, c.commands[kind])
		for end, n := range c.commands[kind] {
			sum[end] += n
		}
	}
	row("all", sum)
	for title, of := range map[string]map[string]int{"tasks that failed, by kind": words(c.why), "what went wrong": c.faults} {
		fmt.Fprintf(&all, "\n%s\n", title)
		for _, kind := range slices.Sorted(maps.Keys(of)) {
			fmt.Fprintf(&all, "%-40s %6d\n", kind, of[kind])
		}
	}
	fmt.Fprintf(&all, "\ncompared at the end\n%s\n", strings.Join(c.lines, "\n"))
	t.Log(all.String())
}

func words(of map[fault.Kind]int) map[string]int {
	all := map[string]int{}
	for kind, n := range of {
		all[string(kind)] = n
	}
	return all
}

// held is what this process holds: goroutines by what began them, and open files by what they are.
type held map[string]int

var (
	begun   = regexp.MustCompile(`(?m)^created by (\S+)`)
	numbers = regexp.MustCompile(`[0-9]+`)
)

func takeResources() held {
	runtime.GC() // the pipes through which Go passes bytes from one connection to another are kept until then, twice
	runtime.GC()
	h := held{}
	for _, found := range begun.FindAllStringSubmatch(stacks(), -1) {
		h["goroutine of "+found[1]]++
	}
	open, _ := filepath.Glob("/proc/self/fd/*") // the pattern is fixed
	for _, fd := range open {
		if to, err := os.Readlink(fd); err == nil { // not that of the list itself
			h["file "+numbers.ReplaceAllString(to, "N")]++
		}
	}
	return h
}

// beyond is what there is more of than before.
func (h held) beyond(before held) []string {
	var more []string
	for what, n := range h {
		if n > before[what] {
			more = append(more, fmt.Sprintf("%s: %d, before %d", what, n, before[what]))
		}
	}
	slices.Sort(more)
	return more
}

func (h held) sum(prefix string) int {
	n := 0
	for what, k := range h {
		if strings.HasPrefix(what, prefix) {
			n += k
		}
	}
	return n
}
