package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"berth/engine/bench/figure"
)

const (
	restRows = 20
	restMore = 0.2 // percent of a core that a hidden window may take more than an empty one, and have the engine take
)

// shares are what a program takes of one core at rest, and the engine beside it, in percent.
type shares struct{ own, engine float64 }

func (s shares) String() string { return fmt.Sprintf("%.2f %%, engine %.2f %%", s.own, s.engine) }

// rest is what Berth takes of the processor with running containers when nobody touches it: its window shown, and hidden; and
// what the engine takes meanwhile. Beside it an empty Fyne window, nothing at all, and what people look at containers with.
func rest(o *figure.Options) ([]figure.Row, error) {
	if len(enginePIDs()) == 0 {
		return nil, errors.New("the engine is not the testbed's: what it takes of the processor cannot be seen")
	}
	remove, err := makeSandboxes(restRows, true)
	if err != nil {
		return nil, err
	}
	defer remove()
	env := []string{fmt.Sprintf("%s=%d", wantRows, restRows), wantCalm + "=1"}
	w, err := open(filledTable, env...) // which waits until none of them is starting any more
	if err != nil {
		return nil, err
	}
	shown := look(o.Rest, w.cmd.Process.Pid)
	if err := exec.Command("xdotool", "key", "alt+F4").Run(); err != nil {
		_ = w.end()
		return nil, fmt.Errorf("closing the window: %w", err)
	}
	if err := w.hear("hidden"); err != nil {
		return nil, err
	}
	hidden := look(o.Rest, w.cmd.Process.Pid)
	if err := w.end(); err != nil {
		return nil, err
	}
	if w, err = open(emptyWindow); err != nil {
		return nil, err
	}
	empty := look(o.Rest, w.cmd.Process.Pid)
	if err := w.end(); err != nil {
		return nil, err
	}
	what := fmt.Sprintf("CPU at rest with %d running containers, ", restRows)
	goal := fmt.Sprintf("at most the empty window's + %.1f %%, and no load on the engine", restMore)
	rows := []figure.Row{
		{Measure: what + "window shown", Berth: shown.String(), Other: "an empty Fyne window: " + empty.String(), Met: figure.Unasked},
		{
			Measure: what + "window hidden", Berth: hidden.String(), Other: "an empty Fyne window: " + empty.String(), Goal: goal,
			Met: figure.Is(notMore(hidden.own, empty.own) && notMore(hidden.engine, empty.engine)),
		},
	}
	for _, tool := range []string{"lazydocker", "ctop"} {
		measure, path := what+"window shown", toolPath(tool)
		if path == "" {
			rows = append(rows, figure.Missing(measure, tool, "", tool+" is not installed"))
			continue
		}
		other, err := inTerminal(o.Rest, path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", tool, err)
		}
		rows = append(rows, figure.Row{Measure: measure, Berth: shown.String(), Other: tool + ": " + other.String(), Met: figure.Unasked})
	}
	return rows, nil
}

// notMore reports whether one share is at most what is allowed more than another, as far as the figures say.
func notMore(one, other float64) bool { return math.Round(100*(one-other)) <= 100*restMore }

// toolPath finds a program to compare with, as scripts/bench builds it or as it is installed; "" when there is none.
func toolPath(name string) string {
	built := filepath.Join("bin/tools", name)
	if _, err := os.Stat(built); err == nil {
		return built
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}

// inTerminal looks at a program of a terminal.
func inTerminal(long time.Duration, path string) (shares, error) {
	cmd := exec.Command("script", "-qc", "stty rows 50 cols 160; exec "+path, "/dev/null")
	cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	in, err := cmd.StdinPipe() // it reads keys that nobody presses
	if err != nil {
		return shares{}, err
	}
	if err := cmd.Start(); err != nil {
		return shares{}, err
	}
	defer func() {
		for _, pid := range children(cmd.Process.Pid) {
			_ = kill(pid)
		}
		_ = in.Close()
		_ = cmd.Wait()
	}()
	time.Sleep(settleTime)
	programs := children(cmd.Process.Pid)
	if len(programs) == 0 {
		return shares{}, errors.New("it has ended")
	}
	return look(long, programs...), nil
}

// look gives what processes take of a core for so long, and the engine meanwhile, once they have settled.
func look(long time.Duration, pids ...int) shares {
	time.Sleep(settleTime)
	engine := enginePIDs()
	own, its, began := ticks(pids), ticks(engine), time.Now()
	time.Sleep(long)
	passed := time.Since(began).Seconds()
	share := func(before, after uint64) float64 { return 100 * float64(after-before) / ticksPerSecond / passed }
	return shares{own: share(own, ticks(pids)), engine: share(its, ticks(engine))}
}
