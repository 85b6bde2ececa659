package task_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"berth/engine/fault"
	"berth/engine/task"
)

// noted is a clock that lets every pause pass at once and remembers how long it was.
type noted []time.Duration

func (n *noted) After(d time.Duration) <-chan time.Time {
	*n = append(*n, d)
	over := make(chan time.Time, 1)
	over <- time.Time{}
	return over
}

func TestPausesGrowFromTheBaseToTheMaximum(t *testing.T) {
	const ms = time.Millisecond
	always := func(share float64) func() float64 { return func() float64 { return share } }
	tests := []struct {
		name   string
		policy task.Policy
		want   []time.Duration
	}{
		{"the defaults", task.Policy{Attempts: 8, Random: always(1)}, []time.Duration{
			1 * time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second, 30 * time.Second,
		}},
		{"the jitter goes over the whole pause", task.Policy{Attempts: 5, Random: always(0.5)}, []time.Duration{500 * ms, 1 * time.Second, 2 * time.Second, 4 * time.Second}},
		{"and may leave none", task.Policy{Attempts: 3, Random: always(0)}, []time.Duration{0, 0}},
		{"a base above the maximum", task.Policy{Attempts: 3, Base: time.Hour, Max: time.Minute, Random: always(1)}, []time.Duration{time.Minute, time.Minute}},
		{"one attempt has no pause", task.Policy{Attempts: 1, Random: always(1)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var pauses noted
			tt.policy.Timer = &pauses
			err := task.Retry(t.Context(), nil, tt.policy, func(context.Context) error { return fault.New(fault.Network, "pull x", "cut") })
			if err == nil || !slices.Equal(pauses, tt.want) {
				t.Errorf("paused %v, want %v (%v)", pauses, tt.want, err)
			}
		})
	}
}

func TestPausesStayAtTheMaximumForEver(t *testing.T) {
	var pauses noted
	policy := task.Policy{Attempts: 200, Random: func() float64 { return 1 }, Timer: &pauses}
	_ = task.Retry(t.Context(), nil, policy, func(context.Context) error { return fault.New(fault.Network, "pull x", "cut") })
	if len(pauses) != 199 || slices.ContainsFunc(pauses[5:], func(d time.Duration) bool { return d != 30*time.Second }) {
		t.Errorf("%d pauses: %v", len(pauses), pauses)
	}
}

func TestRetryAfterIsWaitedForWholeAndOnlyThatOnce(t *testing.T) {
	var pauses noted
	tries := 0
	policy := task.Policy{Attempts: 4, Random: func() float64 { return 0.5 }, Timer: &pauses}
	_ = task.Retry(t.Context(), nil, policy, func(context.Context) error {
		if tries++; tries == 2 {
			return &fault.Error{Kind: fault.RateLimited, Why: "slow down", RetryAfter: 90 * time.Second}
		}
		return fault.New(fault.Network, "pull x", "cut")
	})
	if want := []time.Duration{500 * time.Millisecond, 90 * time.Second, 2 * time.Second}; !slices.Equal(pauses, want) {
		t.Errorf("paused %v, want %v", pauses, want)
	}
}
