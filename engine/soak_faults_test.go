package engine

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"

	"berth/engine/enginetest"
	"berth/engine/sandbox"
	"berth/engine/volume"
)

// soakFault is one thing that goes wrong. What lasts goes on beside the next ones.
type soakFault struct {
	kind   string
	weight int
	do     func(r *rand.Rand)
}

func (s *soak) faults() []soakFault {
	return []soakFault{
		{"engine killed and started", 2, func(r *rand.Rand) {
			s.of.Kill()
			pause(r, 0, 4*time.Second)
			s.of.Start()
		}},
		// No death, as make test-deaths makes: the end is an orderly one, which reaches nobody any more.
		{"Berth cut off, ended and started", 3, func(*rand.Rand) {
			s.wire.Refuse(true) // nothing more of it reaches the engine
			s.wire.CutAll()
			s.closeBerth()
			s.wire.Refuse(false)
			s.openBerth()
		}},
		{"registry cut", 3, func(r *rand.Rand) {
			s.pulls.Refuse(true)
			s.pulls.CutAll()
			time.AfterFunc(between(r, time.Second, 10*time.Second), func() { s.pulls.Refuse(false) })
		}},
		{"download cut in the middle", 2, func(r *rand.Rand) { s.pulls.CutAfter(r.Int64N(300_000)) }},
		{"connections to the engine cut", 3, func(*rand.Rand) { s.wire.CutAll() }},
		{"answer of the engine cut in the middle", 3, func(r *rand.Rand) { s.wire.CutAfter(r.Int64N(20_000)) }},
		{"slow answers of the engine", 2, func(r *rand.Rand) {
			s.wire.Delay(between(r, 100*time.Millisecond, 2*time.Second))
			time.AfterFunc(between(r, 2*time.Second, 12*time.Second), func() { s.wire.Delay(0) })
		}},
		{"stall of the connections to the engine", 1, func(r *rand.Rand) { s.stall(r, s.wire) }},
		{"stall of the registry", 1, func(r *rand.Rand) { s.stall(r, s.pulls) }},
		{"sandbox killed outside", 3, func(r *rand.Rand) {
			s.outside(r, isSandbox, func(ctx context.Context, id string) error { return s.of.Client.ContainerKill(ctx, id, "KILL") })
		}},
		{"sandbox removed outside", 3, func(r *rand.Rand) {
			s.outside(r, isSandbox, func(ctx context.Context, id string) error {
				return s.of.Client.ContainerRemove(ctx, id, container.RemoveOptions{Force: true})
			})
		}},
		{"Berth's helper killed outside", 2, func(r *rand.Rand) {
			s.outside(r, isWorker, func(ctx context.Context, id string) error { return s.of.Client.ContainerKill(ctx, id, "KILL") })
		}},
	}
}

// stall lets nothing pass for longer than Berth waits for a sign of life, or nearly: some stalls end before.
func (s *soak) stall(r *rand.Rand, wire *enginetest.FaultyProxy) {
	wire.Stall(true)
	time.AfterFunc(between(r, 20*time.Second, 90*time.Second), func() { wire.Stall(false) })
}

// isSandbox leaves out what is set aside: a person sees that it is in use.
func isSandbox(c container.Summary) bool {
	return c.Labels[sandbox.LabelName] != "" && !sandbox.SetAside(strings.TrimPrefix(c.Names[0], "/"))
}

func isHelper(c container.Summary) bool { return c.Labels[volume.LabelHelper] != "" }

// isWorker leaves out those that hold a sandbox: whoever removes such a one lets others at what is being worked on.
func isWorker(c container.Summary) bool { return isHelper(c) && c.Labels[volume.LabelLease] == "" }

// isLoose is what is no sandbox and no helper.
func isLoose(c container.Summary) bool { return c.Labels[sandbox.LabelName] == "" && !isHelper(c) }

// remove removes all containers of a sort.
func (s *soak) remove(sort func(container.Summary) bool) {
	s.t.Helper()
	all, err := s.of.Client.ContainerList(s.t.Context(), container.ListOptions{All: true})
	for _, c := range all {
		if sort(c) {
			err = errors.Join(err, s.of.Client.ContainerRemove(s.t.Context(), c.ID, container.RemoveOptions{Force: true}))
		}
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// outside does something to one of the containers of a sort, past Berth. It may be gone meanwhile.
func (s *soak) outside(r *rand.Rand, sort func(container.Summary) bool, do func(ctx context.Context, id string) error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	pick := r.Uint64()
	all, err := s.of.Client.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		s.log.Warn("soak: list", "err", err)
		return
	}
	var these []container.Summary
	for _, c := range all {
		if len(c.Names) > 0 && sort(c) {
			these = append(these, c)
		}
	}
	if len(these) == 0 {
		return
	}
	c := these[pick%uint64(len(these))]
	s.log.Info("soak: outside", "container", c.Names[0], "err", do(ctx, c.ID))
}

// trouble lets one fault after another happen for that long.
func (s *soak) trouble(r *rand.Rand, length time.Duration) {
	s.t.Helper()
	all := s.faults()
	sum := 0
	for _, f := range all {
		sum += f.weight
	}
	for until := time.Now().Add(length); ; {
		pause(r, time.Second, min(15*time.Second, max(time.Second, time.Until(until))))
		if time.Now().After(until) {
			return
		}
		n := r.IntN(sum)
		i := 0
		for ; n >= all[i].weight; i++ {
			n -= all[i].weight
		}
		s.log.Info("soak: fault", "kind", all[i].kind)
		s.tally.fault(all[i].kind)
		all[i].do(r)
	}
}

// calm ends what lasts. What ends later by itself does no more than this.
func (s *soak) calm() {
	s.pulls.Stall(false)
	s.pulls.Refuse(false)
	s.pulls.CutAfter(-1)
	s.wire.Stall(false)
	s.wire.Refuse(false)
	s.wire.CutAfter(-1)
	s.wire.Delay(0)
}

// pause waits for a time by chance, which is what a chaos is made of.
func pause(r *rand.Rand, least, most time.Duration) { <-time.After(between(r, least, most)) }

func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)+1))
}
