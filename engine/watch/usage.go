package watch

import (
	"time"

	"github.com/docker/docker/api/types/container"
)

// historyLength is how many samples of CPU usage are kept.
const historyLength = 60

// Usage is what a container uses now. It is a value; its slice must not be changed.
type Usage struct {
	CPU            float64   // percent; 100 is one core
	Memory, Limit  int64     // bytes, without the page cache that the kernel can drop; Limit is the machine's memory when none is set
	Received, Sent int64     // bytes over all networks since the start
	History        []float64 // CPU of the last samples, at most 60, oldest first
}

// sampler makes Usage of consecutive samples.
type sampler struct {
	cpu     uint64
	read    time.Time
	history []float64
}

// next takes one sample. ok is false for one that tells nothing: the first (usage is a difference of two), and what an
// engine sends of a container that does not run.
func (s *sampler) next(r container.StatsResponse) (u Usage, ok bool) {
	if r.Read.Year() <= 1 || r.CPUStats.CPUUsage.TotalUsage == 0 {
		*s = sampler{history: s.history}
		return Usage{}, false
	}
	cpu, read := s.cpu, s.read
	s.cpu, s.read = r.CPUStats.CPUUsage.TotalUsage, r.Read
	// By the clock and not by system_cpu_usage, which Docker sums over all cores and Podman does not.
	passed := r.Read.Sub(read)
	if cpu == 0 || s.cpu < cpu || passed <= 0 {
		return Usage{}, false
	}
	u = Usage{CPU: float64(s.cpu-cpu) / float64(passed) * 100, Memory: memory(r.MemoryStats), Limit: size(r.MemoryStats.Limit)}
	for _, n := range r.Networks {
		u.Received += size(n.RxBytes)
		u.Sent += size(n.TxBytes)
	}
	from := max(0, len(s.history)+1-historyLength)
	history := make([]float64, 0, historyLength)
	history = append(append(history, s.history[from:]...), u.CPU)
	s.history, u.History = history, history
	return u, true
}

// memory is what `docker stats` shows: the usage without inactive file pages. cgroup v1 calls them total_inactive_file,
// v2 inactive_file; Podman leaves them out and gives the usage alone.
func memory(m container.MemoryStats) int64 {
	for _, key := range []string{"total_inactive_file", "inactive_file"} {
		if cache, ok := m.Stats[key]; ok {
			if cache < m.Usage {
				return size(m.Usage - cache)
			}
			break
		}
	}
	return size(m.Usage)
}

// size is what an engine says, which may be anything, as a size that is none below zero, also where a hundred are summed up.
func size(said uint64) int64 { return int64(min(said, 1<<56)) } //nolint:gosec // it fits
