package watch

import (
	"math"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
)

func sample(at time.Time, cpu time.Duration) container.StatsResponse {
	var r container.StatsResponse
	r.Read, r.CPUStats.CPUUsage.TotalUsage = at, uint64(cpu)
	return r
}

func TestUsageIsTheDifferenceOfTwoSamples(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	var s sampler
	if _, ok := s.next(sample(at, time.Second)); ok {
		t.Error("one sample gave a usage")
	}
	u, ok := s.next(sample(at.Add(time.Second), 2500*time.Millisecond))
	if !ok || u.CPU != 150 {
		t.Errorf("one and a half cores are %v", u.CPU)
	}
	if _, ok := s.next(container.StatsResponse{}); ok {
		t.Error("the empty sample of a stopped container gave a usage")
	}
	if _, ok := s.next(sample(at.Add(3*time.Second), time.Second)); ok {
		t.Error("the first sample of a new run gave a usage")
	}
	if u, ok := s.next(sample(at.Add(4*time.Second), time.Second)); !ok || u.CPU != 0 || len(u.History) != 2 {
		t.Errorf("an idle second is %+v", u)
	}
	if _, ok := s.next(sample(at, 2*time.Second)); ok {
		t.Error("a clock set back gave a usage")
	}
}

func TestHistoryHoldsTheLastMinute(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	var s sampler
	var all []Usage
	for i := range 100 {
		if u, ok := s.next(sample(at.Add(time.Duration(i)*time.Second), time.Second+time.Duration(i*i)*time.Millisecond)); ok {
			all = append(all, u)
		}
	}
	last := all[len(all)-1]
	if len(last.History) != historyLength || last.History[historyLength-1] != last.CPU {
		t.Errorf("%d samples, the last %v of %v", len(last.History), last.History[len(last.History)-1], last.CPU)
	}
	if got := all[9].History; len(got) != 10 || got[9] != all[9].CPU {
		t.Error("an earlier usage was changed by a later one")
	}
}

func TestNoNumberOfAnEngineIsASizeBelowZero(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	var s sampler
	s.next(sample(at, time.Second))
	wild := sample(at.Add(time.Second), 2*time.Second)
	wild.MemoryStats.Usage, wild.MemoryStats.Limit = math.MaxUint64, math.MaxUint64
	wild.Networks = map[string]container.NetworkStats{"a": {RxBytes: math.MaxUint64, TxBytes: 1 << 63}, "b": {RxBytes: math.MaxUint64, TxBytes: 1 << 63}}
	u, ok := s.next(wild)
	if !ok || u.Memory < 0 || u.Limit < 0 || u.Received < 0 || u.Sent < 0 {
		t.Errorf("%v, %+v", ok, u)
	}
}

func TestMemoryIsWithoutWhatTheKernelCanDrop(t *testing.T) {
	tests := []struct {
		name  string
		stats map[string]uint64
		want  int64
	}{
		{"cgroup v1", map[string]uint64{"total_inactive_file": 300, "inactive_file": 7}, 700},
		{"cgroup v2", map[string]uint64{"inactive_file": 400}, 600},
		{"no cache told", nil, 1000},
		{"more cache than usage", map[string]uint64{"inactive_file": 4000}, 1000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := memory(container.MemoryStats{Usage: 1000, Stats: tt.stats}); got != tt.want {
				t.Errorf("%d, want %d", got, tt.want)
			}
		})
	}
}

func TestQueueHoldsEachContainerOnce(t *testing.T) {
	q := newQueue()
	for range 1000 {
		q.add("a", false)
		q.add("b", true)
		q.add("c", false)
	}
	known := func(id string) bool { return id == "c" }
	var own []string
	for id, ok := q.next(known); ok; id, ok = q.next(known) {
		own = append(own, id)
	}
	if len(own) != 2 || own[0] != "b" || own[1] != "c" {
		t.Errorf("Berth's are %v", own)
	}
	if others := q.others(); len(others) != 1 || others[0] != "a" || len(q.others()) != 0 {
		t.Errorf("others are %v", others)
	}
}
