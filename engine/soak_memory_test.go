package engine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"
)

// soakHeapMargin is how much more the heap may hold in the last quarter than in the second: a few tasks more or less with their logs,
// and what the private engine wrote, which its test helper keeps.
const soakHeapMargin = 8 << 20

// soakResidentMargin is the same of what the system gave, with all that Go keeps for itself, and under the race detector keeps of every
// goroutine there was.
const soakResidentMargin = 64 << 20

// soakSamples is the least number of moments in a quarter whose median says something.
const soakSamples = 4

// memoryUse is what this process holds at a moment, in bytes.
type memoryUse struct{ heap, resident int64 }

// takeMemory tells what the heap holds once all that is garbage is gone, and what the system has given; 0 where it does not say.
func takeMemory() (use memoryUse) {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	use.heap = int64(m.HeapAlloc) //nolint:gosec // less than there is memory
	status, err := os.ReadFile("/proc/self/status")
	if _, resident, ok := bytes.Cut(status, []byte("VmRSS:")); ok && err == nil {
		_, _ = fmt.Sscan(string(resident), &use.resident) // it stays 0
		use.resident <<= 10                               // it is in KiB
	}
	return use
}

// weigh takes the memory every minute, or in a short run often enough for a median, until ctx ends.
func (s *soak) weigh(ctx context.Context, length time.Duration) {
	tick := time.NewTicker(min(time.Minute, length/(5*soakSamples)))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.memory = append(s.memory, takeMemory())
		}
	}
}

// flat looks that the memory did not grow: the first quarter fills what is kept to a bound, and the last must hold no more than the
// second.
func (s *soak) flat() {
	s.t.Helper()
	n := len(s.memory)
	second, last := s.memory[n/4:n/2], s.memory[n-n/4:]
	if len(second) < soakSamples || len(last) < soakSamples {
		s.t.Errorf("the memory was taken %d times, which is too seldom", n)
		return
	}
	for _, of := range []struct {
		what   string
		margin int64
		get    func(memoryUse) int64
	}{
		{"heap", soakHeapMargin, func(m memoryUse) int64 { return m.heap }},
		{"resident memory", soakResidentMargin, func(m memoryUse) int64 { return m.resident }},
	} {
		before, after := median(second, of.get), median(last, of.get)
		s.tally.compared("%s while Berth runs, the median of %d moments: %s in the second quarter, %s in the last", of.what, n/4, sizeText(before), sizeText(after))
		if after > before+of.margin {
			s.t.Errorf("the %s has grown from %d to %d bytes: %+v", of.what, before, after, s.memory)
		}
	}
}

func median(of []memoryUse, get func(memoryUse) int64) int64 {
	var all []int64
	for _, one := range of {
		all = append(all, get(one))
	}
	slices.Sort(all)
	return all[len(all)/2]
}
