package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/fleet"
	"berth/engine/sandbox"
	"berth/engine/secret"
	"berth/ui"
)

// What the window of a real engine waits for before it says that it is painted, said by its environment.
const (
	wantRows  = "BERTH_BENCH_SANDBOXES" // so many sandboxes are listed
	wantLines = "BERTH_BENCH_LINES"     // the first one's log has so many lines
	wantCalm  = "BERTH_BENCH_CALM"      // none is starting any more
)

func wanted(name string) int {
	n, _ := strconv.Atoi(os.Getenv(name)) // what is not said is not waited for
	return n
}

// there reports whether all that is waited for is in a snapshot.
func there(e *fleet.Fleet, s engine.Snapshot) bool {
	if !s.Listed || len(s.Sandboxes) < max(wanted(wantRows), 1) {
		return false
	}
	if n := wanted(wantLines); n > 0 {
		if lines, _ := e.Log(s.Sandboxes[0].Name).Size(); lines < n {
			return false
		}
	}
	for _, one := range s.Sandboxes {
		if wanted(wantCalm) > 0 && one.State == sandbox.Starting {
			return false
		}
	}
	return true
}

// openReal is an engine layer on the engine of DOCKER_HOST, with settings of its own.
func openReal() (e *fleet.Fleet, end func(), err error) {
	dir, err := os.MkdirTemp("", "berth-bench")
	if err != nil {
		return nil, nil, err
	}
	settings, err := config.Open(dir)
	if err != nil {
		return nil, nil, err
	}
	e = fleet.Open(engine.Options{
		Settings: settings, Secrets: secret.Open(dir), Where: connect.Here(), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	return e, func() {
		e.Close()
		_ = os.RemoveAll(dir)
	}, nil
}

// seen says when the window that a person saw is hidden, as the window tells the engine layer.
type seen struct {
	*fleet.Fleet
	visible bool // on the main goroutine
}

func (s *seen) Look(visible bool, name string) {
	s.Fleet.Look(visible, name)
	if s.visible && !visible {
		fmt.Println("hidden")
	}
	s.visible = visible
}

// noTray lets a window hide as behind a tray, on a desktop that has none.
type noTray struct{}

func (noTray) Available() bool       { return true }
func (noTray) SetMenu(*fyne.Menu)    {}
func (noTray) SetIcon(fyne.Resource) {}

// showReal is what main does: it says when the first frame is painted, or when all that is waited for is, and stays until its
// input ends. It says, too, when it was hidden.
func showReal(first bool) error {
	e, end, err := openReal()
	if err != nil {
		return err
	}
	defer end()
	var once sync.Once
	var painted sync.Once
	window := ui.New(ui.Options{
		Engine: &seen{Fleet: e}, Version: "bench", Tray: noTray{},
		Updated: func(s engine.Snapshot, _ time.Duration) {
			if first || there(e, s) {
				once.Do(func() { mark(func() { painted.Do(func() { fmt.Println(sign) }) }) })
			}
		},
	})
	go quitWithInput()
	window.Run()
	return nil
}
