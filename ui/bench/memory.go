package main

import (
	"fmt"
	"os"
	"time"

	"berth/engine/bench/figure"
)

const (
	memoryRows  = 100
	memoryLines = 100_000
	memoryRatio = 1.3

	// As a heap profile and /proc/PID/smaps tell.
	memoryReason = "the empty window has no text: Berth's three fonts hold 9 MB as Fyne reads them, software GL 12 MB more of textures, and the log itself is 13 MB"

	settleTime = 8 * time.Second // for the start to be over, and its garbage to go
)

// memory is what the window holds with many containers and a long log, against an empty one: the process's share of what is in
// memory (PSS), so that libraries count alike.
func memory(o *figure.Options) ([]figure.Row, error) {
	remove, err := makeSandboxes(memoryRows, false)
	if err != nil {
		return nil, err
	}
	defer remove()
	if err := docker("rm", "--force", containerName(0)); err != nil {
		return nil, err
	}
	line := "INFO  service=server method=GET path=/session/ses_%.0f/message status=200 duration=7 request"
	if err := makeSandbox(0, "seq", "-f", line, fmt.Sprint(memoryLines)); err != nil {
		return nil, err
	}
	if err := docker("start", containerName(0)); err != nil {
		return nil, err
	}
	if err := docker("wait", containerName(0)); err != nil {
		return nil, err
	}
	env := []string{fmt.Sprintf("%s=%d", wantRows, memoryRows), fmt.Sprintf("%s=%d", wantLines, memoryLines)}
	names := []string{emptyWindow, filledTable}
	held := [2][]time.Duration{} // bytes, which are sorted as durations are
	for run := range o.Runs {
		for i := range names {
			i = figure.Turn(run, i, len(names))
			bytes, err := memoryOnce(names[i], env)
			if err != nil {
				return nil, err
			}
			held[i] = append(held[i], time.Duration(bytes))
		}
	}
	empty, ours := uint64(figure.Median(held[0])), uint64(figure.Median(held[1]))
	ratio := float64(ours) / float64(empty)
	met := empty > 0 && ratio <= memoryRatio
	return []figure.Row{{
		Measure: fmt.Sprintf("memory (PSS) with %d containers and a log of %d lines", memoryRows, memoryLines), Berth: figure.MiB(ours),
		Other: "an empty Fyne window: " + figure.MiB(empty), Ratio: fmt.Sprintf("%.2f", ratio),
		Goal: fmt.Sprintf("at most %.2f", memoryRatio), Met: figure.Is(met), Why: figure.Excuse{Until: 1.7, Why: memoryReason}.For(met, ratio),
	}}, nil
}

func memoryOnce(name string, env []string) (uint64, error) {
	w, err := open(name, env...)
	if err != nil {
		return 0, err
	}
	time.Sleep(settleTime)
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", w.cmd.Process.Pid))
	if err != nil {
		_ = w.end()
		return 0, err
	}
	return figure.Kibibytes(string(text), "Pss"), w.end()
}
