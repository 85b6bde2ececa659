package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

// middle is the median of each of the two.
func middle(all []shares) shares {
	own, engine := make([]float64, len(all)), make([]float64, len(all))
	for i, s := range all {
		own[i], engine[i] = s.own, s.engine
	}
	slices.Sort(own)
	slices.Sort(engine)
	return shares{own[len(own)/2], engine[len(engine)/2]}
}

// The programs that are looked at, beside the tools.
const (
	shownWindow  = "shown"
	hiddenWindow = "hidden"
)

// rest is what Berth takes of the processor with running containers when nobody touches it: its window shown, and hidden; and
// what the engine takes meanwhile. Beside it an empty Fyne window, and what people look at containers with. They take turns.
func rest(o *figure.Options) ([]figure.Row, error) {
	if len(enginePIDs()) == 0 {
		return nil, errors.New("the engine is not the testbed's: what it takes of the processor cannot be seen")
	}
	remove, err := makeSandboxes(restRows, true)
	if err != nil {
		return nil, err
	}
	defer remove()
	tools := []string{"lazydocker", "ctop"}
	all := map[string][]shares{}
	for range o.Runs {
		if err := restOnce(o, tools, all); err != nil {
			return nil, err
		}
	}
	shown, hidden, empty := middle(all[shownWindow]), middle(all[hiddenWindow]), middle(all[emptyWindow])
	what := fmt.Sprintf("CPU at rest with %d running containers, ", restRows)
	goal := fmt.Sprintf("at most the empty window's + %.1f %%, and no load on the engine", restMore)
	rows := []figure.Row{
		{Measure: what + "window shown", Berth: shown.String(), Other: "an empty Fyne window: " + empty.String(), Met: figure.Unasked},
		{
			Measure: what + "window hidden", Berth: hidden.String(), Other: "an empty Fyne window: " + empty.String(), Goal: goal,
			Met: figure.Is(notMore(hidden.own, empty.own) && notMore(hidden.engine, empty.engine)),
		},
	}
	for _, tool := range tools {
		measure := what + "window shown"
		if len(all[tool]) == 0 {
			rows = append(rows, figure.Missing(measure, tool, "", tool+" is not installed"))
			continue
		}
		rows = append(rows, figure.Row{Measure: measure, Berth: shown.String(), Other: tool + ": " + middle(all[tool]).String(), Met: figure.Unasked})
	}
	return rows, nil
}

// restOnce looks once at each program.
func restOnce(o *figure.Options, tools []string, all map[string][]shares) error {
	note := func(name string, s shares) { all[name] = append(all[name], s) }
	w, err := open(filledTable, fmt.Sprintf("%s=%d", wantRows, restRows), wantCalm+"=1") // which waits until none of them is starting any more
	if err != nil {
		return err
	}
	note(shownWindow, look(o.Rest, w.cmd.Process.Pid))
	if err := exec.Command("xdotool", "key", "alt+F4").Run(); err != nil {
		_ = w.end()
		return fmt.Errorf("closing the window: %w", err)
	}
	if err := w.hear("hidden"); err != nil {
		return err
	}
	note(hiddenWindow, look(o.Rest, w.cmd.Process.Pid))
	if err := w.end(); err != nil {
		return err
	}
	if w, err = open(emptyWindow); err != nil {
		return err
	}
	note(emptyWindow, look(o.Rest, w.cmd.Process.Pid))
	if err := w.end(); err != nil {
		return err
	}
	for _, tool := range tools {
		path := toolPath(tool)
		if path == "" {
			continue
		}
		s, err := inTerminal(o.Rest, path)
		if err != nil {
			return fmt.Errorf("%s: %w", tool, err)
		}
		note(tool, s)
	}
	return nil
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
