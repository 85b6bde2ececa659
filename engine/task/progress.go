package task

import "time"

// progress turns steps into one figure that never runs backwards, though steps appear late and totals change.
type progress struct{ best float64 }

// value is the highest share of all steps, by weight, that was ever reached. Those that had nothing to do are no share of it: an
// image that is there already would make most of a clone. Only a task that is Done shows 1.
func (p *progress) value(steps []*Step, state State) float64 {
	if state == Done {
		p.best = 1
		return 1
	}
	var through, all float64
	for _, s := range steps {
		if s.view.State == StepPresent {
			continue
		}
		through += s.weight * s.fraction()
		all += s.weight
	}
	if all > 0 {
		p.best = max(p.best, min(through/all, 0.99))
	}
	return p.best
}

// left guesses the time to the end from the time gone by. It answers 0 until there is enough to go by.
func (p *progress) left(value float64, gone time.Duration) time.Duration {
	if value < 0.05 || gone < 2*time.Second {
		return 0
	}
	return time.Duration(float64(gone) * (1 - value) / value).Round(time.Second)
}

// rateWindow is how far back a rate looks: long enough to be calm, short enough to show a stall.
const rateWindow = 3 * time.Second

// rate measures bytes a second over the last rateWindow.
type rate struct {
	samples []sample
}

type sample struct {
	at    time.Time
	bytes int64
}

func (r *rate) add(at time.Time, bytes int64) {
	if n := len(r.samples); n > 0 && at.Sub(r.samples[n-1].at) < 100*time.Millisecond {
		r.samples[n-1].bytes = bytes
		return
	}
	r.samples = append(r.samples, sample{at, bytes})
	for len(r.samples) > 2 && at.Sub(r.samples[0].at) > rateWindow {
		r.samples = r.samples[1:]
	}
}

func (r *rate) at(now time.Time) float64 {
	n := len(r.samples)
	if n < 2 || now.Sub(r.samples[n-1].at) > rateWindow {
		return 0
	}
	first, last := r.samples[0], r.samples[n-1]
	seconds := last.at.Sub(first.at).Seconds()
	if seconds <= 0 || last.bytes <= first.bytes {
		return 0
	}
	return float64(last.bytes-first.bytes) / seconds
}
