package main

import (
	"fmt"
	"time"

	"berth/engine/bench/figure"
)

// The windows whose start is measured, and how much longer than the empty one Berth's may take.
const (
	emptyWindow = "empty-window"
	wordsWindow = "words-window"
	firstPaint  = "first-paint"
	filledTable = "filled-table"
	startRatio  = 1.3
	startRows   = 20
	fontsReason = "the empty window has no text; loading the fonts of a window with words is most of the difference"
)

// start is how long it takes from the start of a process to a painted window: an empty one of Fyne's, one with a word in each
// of the three fonts that Berth's first screen has, Berth's first frame, and Berth's with the table of a real engine's
// sandboxes. They take turns.
func start(o *figure.Options) ([]figure.Row, error) {
	remove, err := makeSandboxes(startRows, false)
	if err != nil {
		return nil, err
	}
	defer remove()
	names := []string{emptyWindow, wordsWindow, firstPaint, filledTable}
	took := map[string][]time.Duration{}
	for run := range o.Runs {
		for i := range names {
			name := names[figure.Turn(run, i, len(names))]
			once, err := startOnce(name)
			if err != nil {
				return nil, err
			}
			took[name] = append(took[name], once)
		}
	}
	median := func(name string) time.Duration { return figure.Median(took[name]) }
	table := fmt.Sprintf("start of the process to the table of %d sandboxes", startRows)
	words := figure.Against(table, median(filledTable), "a Fyne window with a word in each font", median(wordsWindow), startRatio, figure.Excuse{})
	return []figure.Row{
		figure.Against("start of the process to the first paint", median(firstPaint), "an empty Fyne window", median(emptyWindow), startRatio, figure.Excuse{Until: 1.9, Why: fontsReason}),
		figure.Against(table, median(filledTable), "an empty Fyne window", median(emptyWindow), startRatio, figure.Excuse{Until: 1.9, Why: fontsReason}),
		words,
	}, nil
}

// startOnce starts a window as a process and waits until it is painted.
func startOnce(name string) (time.Duration, error) {
	began := time.Now()
	w, err := open(name)
	if err != nil {
		return 0, err
	}
	took := time.Since(began)
	return took, w.end()
}
