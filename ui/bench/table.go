package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"berth/engine"
	"berth/engine/bench/figure"
	"berth/engine/sandbox"
	"berth/ui/uitest"
)

const (
	tableRows   = 500
	tableChange = tableRows / 10 // rows that change each second
	mainTurn    = 16 * time.Millisecond
	flat        = 1.10 // what memory may grow from a tenth of the run to its end
)

// table is the window with 500 sandboxes of which 10 % change each second.
func table(o *figure.Options) ([]figure.Row, error) {
	began := time.Now()
	all := make([]engine.Sandbox, tableRows)
	for i := range all {
		name := fmt.Sprintf("sandbox-%03d", i)
		all[i] = engine.Sandbox{
			Name: name, Spec: sandbox.Spec{Name: name}, ContainerID: fmt.Sprintf("%064x", i), ImageID: "sha256:0", Version: "1.18.33",
			State: sandbox.Healthy, Created: began.Add(-time.Hour), Since: began, Address: fmt.Sprintf("127.0.0.1:%d", 4096+i),
			Usage: &engine.Usage{CPU: 1, Memory: 300 << 20, Limit: 4 << 30, History: make([]float64, 60)},
		}
	}
	f := newFake(uitest.Connected(all...))
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same run each time
	var early, late uint64
	updates := show(f, func() {
		end := time.Now().Add(o.Table)
		measured := time.Now().Add(o.Table / 10)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for now := time.Now(); now.Before(end); now = <-tick.C {
			all = slices.Clone(all) // a snapshot never changes
			for range tableChange {
				change(&all[random.IntN(len(all))], random, now)
			}
			f.set(uitest.Connected(all...))
			if early == 0 && now.After(measured) {
				early = heap()
			}
		}
		late = heap()
	})
	return []figure.Row{
		atMost(fmt.Sprintf("update of %d sandboxes, %d changing each second, main goroutine", tableRows, tableChange), updates, mainTurn),
		{
			Measure: "its heap after " + o.Table.String(), Berth: figure.MiB(late), Other: "after " + (o.Table / 10).String() + ": " + figure.MiB(early),
			Ratio: fmt.Sprintf("%.2f", float64(late)/float64(early)),
			Goal:  fmt.Sprintf("at most %.2f", flat), Met: figure.Is(early > 0 && float64(late) <= flat*float64(early)),
		},
	}, nil
}

// change gives a sandbox other figures, and now and then another state.
func change(s *engine.Sandbox, random *rand.Rand, now time.Time) {
	usage := *s.Usage
	usage.CPU = random.Float64() * 200
	usage.Memory = random.Int64N(4 << 30)
	usage.History = append(slices.Clone(usage.History[1:]), usage.CPU)
	s.Usage = &usage
	if random.IntN(5) == 0 {
		states := []sandbox.State{sandbox.Healthy, sandbox.Unhealthy, sandbox.Starting, sandbox.Exited}
		s.State, s.Since = states[random.IntN(len(states))], now
	}
}
