// Command bench measures the window in a real one: how long it keeps the main goroutine busy, what it holds in memory, and
// how soon it is there. `make bench` runs it on a virtual desktop with software GL, beside a real engine.
//
// Each part runs in a process of its own, so that no part sees the memory of another.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"slices"
	"text/tabwriter"
	"time"

	"fyne.io/fyne/v2"
)

// row is one figure and whether it reaches its goal.
type row struct {
	Measure, Value, Goal string
	Met                  bool
	Because              string // why the goal is not reached, where that is known and accepted; "" for none
}

// part measures something and gives its rows.
type part struct {
	name string
	run  func(o options) ([]row, error)
}

// options are what the command line says.
type options struct {
	table, log time.Duration
	runs       int
}

var parts = []part{{"table", table}, {"log", logView}, {"start", start}}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var o options
	set := flag.NewFlagSet("bench", flag.ExitOnError)
	set.DurationVar(&o.table, "table", 10*time.Minute, "how long the table of 500 sandboxes changes")
	set.DurationVar(&o.log, "log", time.Minute, "how long 50,000 lines a second come into the log")
	set.IntVar(&o.runs, "runs", 7, "how often each start is measured")
	only := set.String("part", "", "measure one part in this process and print its rows as JSON")
	profile := set.String("cpuprofile", "", "with -part, write a CPU profile to this file")
	if err := set.Parse(args); err != nil {
		return err
	}
	if *profile != "" {
		file, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer file.Close() //nolint:errcheck // a profile cut short cannot be read, which says it
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	switch *only {
	case "":
		return all(args)
	case emptyWindow:
		return showEmpty()
	case wordsWindow:
		return showEmpty(fyne.TextStyle{}, fyne.TextStyle{Bold: true}, fyne.TextStyle{Monospace: true})
	case filledTable:
		return showTable()
	}
	for _, p := range parts {
		if p.name == *only {
			rows, err := p.run(o)
			if err != nil {
				return err
			}
			return json.NewEncoder(os.Stdout).Encode(rows)
		}
	}
	return fmt.Errorf("no part %q", *only)
}

// all runs every part and prints one table. A goal that is not reached, for no reason that is known, is an error.
func all(args []string) error {
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "MEASURE\tVALUE\tGOAL\tMET\n")
	missed := 0
	for _, p := range parts {
		cmd := exec.Command(os.Args[0], append(slices.Clone(args), "-part", p.name)...) //nolint:gosec // itself
		cmd.Stderr = os.Stderr
		text, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		var rows []row
		if err := json.Unmarshal(text, &rows); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		for _, r := range rows {
			met := "yes"
			switch {
			case r.Met:
			case r.Because != "":
				met = "no: " + r.Because
			default:
				met = "no"
				missed++
			}
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", r.Measure, r.Value, r.Goal, met)
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if missed > 0 {
		return fmt.Errorf("%d goals are not reached", missed)
	}
	return nil
}

// percentile is the value that p of 100 do not exceed. It sorts.
func percentile(all []time.Duration, p int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)-1, len(all)*p/100)]
}

// atMost is a row about the 99th percentile of durations.
func atMost(measure string, all []time.Duration, goal time.Duration) row {
	p99 := percentile(all, 99)
	return row{
		Measure: measure + ", p99", Goal: "under " + goal.String(), Met: len(all) > 0 && p99 < goal,
		Value: fmt.Sprintf("%s (median %s, most %s, n=%d)", round(p99), round(percentile(all, 50)), round(percentile(all, 100)), len(all)),
	}
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

// heap is what the process holds after the garbage is gone, in bytes.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func mib(bytes uint64) string { return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20)) }
