package main

import (
	"bufio"
	"fmt"
	"image/color"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/fleet"
	"berth/engine/secret"
	"berth/ui"
	"berth/ui/theme"
)

// The processes whose start is measured, and how much longer than the empty window the table may take.
const (
	emptyWindow = "empty-window"
	wordsWindow = "words-window"
	filledTable = "filled-table"
	startRatio  = 1.3
	sign        = "painted"
)

// start is how long it takes from the start of a process to a painted window: an empty one of Fyne's, one with a word in
// each of the three fonts that Berth's first screen has, and Berth's with the table of a real engine's sandboxes. They take
// turns.
func start(o options) ([]row, error) {
	names := []string{emptyWindow, wordsWindow, filledTable}
	took := map[string][]time.Duration{}
	for range o.runs {
		for _, name := range names {
			once, err := startOnce(name)
			if err != nil {
				return nil, err
			}
			took[name] = append(took[name], once)
		}
	}
	median := map[string]time.Duration{}
	for _, name := range names {
		median[name] = percentile(took[name], 50)
	}
	against := func(what, name, because string) row {
		ratio := median[filledTable].Seconds() / median[name].Seconds()
		return row{
			Measure: fmt.Sprintf("start of the process to the table of %s sandboxes, against %s", os.Getenv(wantEnv), what),
			Value:   fmt.Sprintf("%.2f (%s, %s)", ratio, round(median[filledTable]), round(median[name])),
			Goal:    fmt.Sprintf("at most %.2f", startRatio), Met: ratio <= startRatio, Because: because,
		}
	}
	return []row{against("an empty window", emptyWindow, "loading the fonts is most of the difference"), against("a window with a word in each font", wordsWindow, "")}, nil
}

// startOnce starts this program as that process and waits for its sign.
func startOnce(name string) (time.Duration, error) {
	cmd := exec.Command(os.Args[0], "-part", name) //nolint:gosec // itself
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	took := time.Since(began)
	if err != nil {
		return 0, fmt.Errorf("%s never painted: %w", name, err)
	}
	if line != sign+"\n" {
		return 0, fmt.Errorf("%s says %q", name, line)
	}
	return took, cmd.Wait()
}

// marker is a dot that says on standard output that the frame it is in is painted, and then ends the app.
func marker() fyne.CanvasObject {
	var once sync.Once
	dot := canvas.NewRasterWithPixels(func(_, _, _, _ int) color.Color {
		once.Do(func() {
			fmt.Println(sign)
			go fyne.Do(fyne.CurrentApp().Quit) // not in the middle of painting
		})
		return color.Transparent
	})
	dot.Resize(fyne.NewSquareSize(1))
	return container.NewWithoutLayout(dot)
}

// showEmpty is the least a Fyne app can be, with some words.
func showEmpty(words ...fyne.TextStyle) error {
	a := app.NewWithID("app.berth.bench")
	w := a.NewWindow("Berth")
	content := container.NewStack(marker())
	for _, style := range words {
		content.Add(&canvas.Text{Text: "Berth", TextSize: theme.TextSize, TextStyle: style, Color: color.White})
	}
	w.SetContent(content)
	w.Resize(fyne.NewSize(1280, 800))
	w.CenterOnScreen()
	w.ShowAndRun()
	return nil
}

// wantEnv says how many sandboxes the engine of DOCKER_HOST has.
const wantEnv = "BERTH_BENCH_SANDBOXES"

// showTable is what main does, until the table is there.
func showTable() error {
	want, err := strconv.Atoi(os.Getenv(wantEnv))
	if err != nil || want == 0 {
		return fmt.Errorf("%s must say how many sandboxes there are", wantEnv)
	}
	dir, err := os.MkdirTemp("", "berth-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	settings, err := config.Open(dir)
	if err != nil {
		return err
	}
	e := fleet.Open(engine.Options{
		Settings: settings, Secrets: secret.Open(dir), Where: connect.Here(), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	defer e.Close()
	var once sync.Once
	ui.New(ui.Options{Engine: e, Version: "bench", Updated: func(s engine.Snapshot, _ time.Duration) {
		if s.Listed && len(s.Sandboxes) >= want {
			once.Do(func() { fyne.CurrentApp().Driver().AllWindows()[0].Canvas().Overlays().Add(marker()) })
		}
	}}).Run()
	return nil
}
