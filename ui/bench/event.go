package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"berth/engine"
	"berth/engine/bench/figure"
	"berth/engine/sandbox"
	"berth/ui"
)

const (
	eventRows  = 20
	eventGoal  = 150 * time.Millisecond
	eventLimit = 30 * time.Second // for one event to come and be painted
)

// watcher tells when the window has painted the state that is waited for.
type watcher struct {
	mu      sync.Mutex
	up      bool // what is waited for
	waiting bool
	painted chan time.Time
	refresh func()
	show    bool // a frame with it is on its way
}

// wait begins to wait for a state.
func (w *watcher) wait(up bool) {
	w.mu.Lock()
	w.up, w.waiting, w.show = up, true, false
	w.mu.Unlock()
}

// updated hears on the main goroutine that the window shows a snapshot.
func (w *watcher) updated(s engine.Snapshot, _ time.Duration) {
	if w.refresh == nil {
		w.refresh = mark(w.paint)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range s.Sandboxes {
		if up := one.State == sandbox.Starting || one.State == sandbox.Unhealthy; one.Name == sandboxName(0) && w.waiting && up == w.up {
			w.waiting, w.show = false, true
			fyne.Do(w.refresh) // not with the lock held
		}
	}
}

// paint is called for each frame.
func (w *watcher) paint() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.show {
		w.show = false
		w.painted <- time.Now()
	}
}

// events is how long it takes from a container's event, as the engine dates it, to the frame that shows it in its row.
func events(o *figure.Options) ([]figure.Row, error) {
	remove, err := makeSandboxes(eventRows, false)
	if err != nil {
		return nil, err
	}
	defer remove()
	e, end, err := openReal()
	if err != nil {
		return nil, err
	}
	defer end()
	told := exec.Command("docker", "events", "--filter", "container="+containerName(0), "--filter", "event=start", "--filter", "event=die", "--format", "{{.TimeNano}} {{.Action}}")
	out, err := told.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := told.Start(); err != nil {
		return nil, err
	}
	defer func() { _ = told.Process.Kill(); _ = told.Wait() }()
	w := &watcher{painted: make(chan time.Time, 1)}
	listed := make(chan struct{})
	var once sync.Once
	window := ui.New(ui.Options{Engine: e, Version: "bench", Tray: noTray{}, Updated: func(s engine.Snapshot, took time.Duration) {
		w.updated(s, took)
		if s.Listed && len(s.Sandboxes) >= eventRows {
			once.Do(func() { close(listed) })
		}
	}})
	var took []time.Duration
	var worker sync.WaitGroup
	worker.Go(func() {
		<-listed
		took, err = w.measure(o.Events, out)
		window.Quit()
	})
	window.Run()
	worker.Wait()
	if err != nil {
		return nil, err
	}
	p95 := figure.Percentile(took, 95)
	return []figure.Row{{
		Measure: fmt.Sprintf("event to painted row of %d, p95", eventRows), Goal: "at most " + eventGoal.String(), Met: figure.Is(p95 <= eventGoal),
		Berth: fmt.Sprintf("%s (median %s, most %s, n=%d)", figure.Seconds(p95), figure.Seconds(figure.Median(took)), figure.Seconds(figure.Percentile(took, 100)), len(took)),
	}}, nil
}

// measure starts and kills the first sandbox by turns. The pauses are of any length, so that events meet the window anywhere
// between two updates.
func (w *watcher) measure(n int, told io.Reader) ([]time.Duration, error) {
	dated := make(chan time.Time, n)
	go func() {
		defer close(dated)
		for lines := bufio.NewScanner(told); lines.Scan(); {
			var nano int64
			if _, err := fmt.Sscan(lines.Text(), &nano); err == nil {
				dated <- time.Unix(0, nano)
			}
		}
	}()
	random := rand.New(rand.NewPCG(1, 2))
	var took []time.Duration
	for i := range n {
		time.Sleep(time.Duration(200+random.IntN(800)) * time.Millisecond)
		up := i%2 == 0
		w.wait(up)
		command := "kill"
		if up {
			command = "start"
		}
		if err := docker(command, containerName(0)); err != nil {
			return nil, err
		}
		limit := time.After(eventLimit)
		var from, to time.Time
		for from.IsZero() || to.IsZero() {
			select {
			case at, ok := <-dated:
				if !ok {
					return nil, errors.New("docker events ended")
				}
				from = at
			case to = <-w.painted:
			case <-limit:
				return nil, fmt.Errorf("event %d was not painted", i)
			}
		}
		took = append(took, to.Sub(from))
	}
	return took, nil
}
