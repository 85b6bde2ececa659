// Command bench measures the window in a real one: how soon it is there and shows what happens, how long it keeps the main
// goroutine busy, and what it takes of memory and processor. `make bench` runs it on a virtual desktop with software GL,
// beside a real engine.
//
// Each part runs in a process of its own, so that no part sees the memory of another.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"berth/engine/bench/figure"
)

// part measures something and gives its rows.
type part struct {
	name string
	run  func(o *figure.Options) ([]figure.Row, error)
}

var parts = []part{
	{"event", events}, {"many", many}, {"start", start}, {"memory", memory}, {"rest", rest}, {"table", table}, {"log", logView},
}

// windows are what a part starts as a process of its own and measures from outside.
var windows = map[string]func() error{
	emptyWindow: func() error { return showEmpty() },
	wordsWindow: func() error {
		return showEmpty(fyne.TextStyle{}, fyne.TextStyle{Bold: true}, fyne.TextStyle{Monospace: true})
	},
	firstPaint:  func() error { return showReal(true) },
	filledTable: func() error { return showReal(false) },
	manyWindow:  showMany,
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var o figure.Options
	set := flag.NewFlagSet("bench", flag.ExitOnError)
	o.Flags(set)
	if err := set.Parse(args); err != nil {
		return err
	}
	o.Settle(set)
	if o.One == "" {
		return all(&o, args)
	}
	if o.CPUProfile != "" {
		file, err := os.Create(o.CPUProfile)
		if err != nil {
			return err
		}
		defer file.Close() //nolint:errcheck // a profile cut short cannot be read, which says it
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	if window := windows[o.One]; window != nil {
		return window()
	}
	for _, p := range parts {
		if p.name == o.One {
			rows, err := p.run(&o)
			if err != nil {
				return err
			}
			return json.NewEncoder(os.Stdout).Encode(rows)
		}
	}
	return fmt.Errorf("no part %q", o.One)
}

// all runs every part that is wanted and keeps what it finds.
func all(o *figure.Options, args []string) error {
	if err := o.Check(); err != nil {
		return err
	}
	if os.Getenv("DOCKER_HOST") == "" {
		return errors.New("DOCKER_HOST does not name the engine: make bench")
	}
	for _, p := range parts {
		if !o.Wants(figure.Window, p.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring: %s\n", p.name)
		cmd := exec.Command(os.Args[0], append(slices.Clone(args), "-one", p.name)...) // itself
		cmd.Stderr = os.Stderr
		text, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		m := figure.Measured{At: time.Now(), Short: o.Short, Sizes: sizes(o, p.name), Versions: versions()}
		if err := json.NewDecoder(bytes.NewReader(text)).Decode(&m.Rows); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if err := figure.Save(o.Dir, p.name, m); err != nil {
			return err
		}
		for _, r := range m.Rows {
			fmt.Fprintf(os.Stderr, "  %s: %s (%s) %s %s\n", r.Measure, r.Berth, r.Other, r.Ratio, r.Met)
		}
	}
	return nil
}

// sizes says how much a part measured.
func sizes(o *figure.Options, part string) string {
	switch part {
	case "event":
		return fmt.Sprintf("%d events", o.Events)
	case "many":
		return fmt.Sprintf("%d runs; %d containers", o.Runs, o.Containers)
	case "rest":
		return fmt.Sprintf("%d runs; %s each", o.Runs, o.Rest)
	case "table":
		return o.Table.String()
	case "log":
		return o.Log.String()
	default:
		return fmt.Sprintf("%d runs", o.Runs)
	}
}

func versions() map[string]string {
	all := map[string]string{"Go": runtime.Version(), "Berth": figure.Says(context.Background(), "scripts/version")}
	for tool, flag := range map[string]string{"lazydocker": "--version", "ctop": "-v"} {
		if path := toolPath(tool); path != "" {
			all[tool] = strings.TrimPrefix(figure.Says(context.Background(), path, flag), tool+" version ")
		}
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == "fyne.io/fyne/v2" {
				all["Fyne"] = dep.Version
			}
		}
	}
	return all
}

// atMost is a row about the 99th percentile of durations.
func atMost(measure string, all []time.Duration, goal time.Duration) figure.Row {
	p99 := figure.Percentile(all, 99)
	return figure.Row{
		Measure: measure + ", p99", Goal: "under " + goal.String(), Met: figure.Is(len(all) > 0 && p99 < goal),
		Berth: fmt.Sprintf("%s (median %s, most %s, n=%d)", figure.Seconds(p99), figure.Seconds(figure.Median(all)), figure.Seconds(figure.Percentile(all, 100)), len(all)),
	}
}

// heap is what the process holds after the garbage is gone, in bytes.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
