package task

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/avast/retry-go/v4"

	"berth/engine/fault"
)

// Policy says how often and how patiently something is tried.
type Policy struct {
	Attempts int            // at most, the first included; 0 means 5
	Base     time.Duration  // upper bound of the first pause, doubled each time; 0 means 1 s
	Max      time.Duration  // upper bound of any pause; 0 means 30 s
	Random   func() float64 // 0 to 1; nil means math/rand
	Timer    retry.Timer    // the clock of the pauses; nil means the real one
}

func (p Policy) withDefaults() Policy {
	if p.Attempts == 0 {
		p.Attempts = 5
	}
	if p.Base == 0 {
		p.Base = time.Second
	}
	if p.Max == 0 {
		p.Max = 30 * time.Second
	}
	if p.Random == nil {
		p.Random = rand.Float64
	}
	return p
}

// pause is the time after the n-th failure, the first being 1: full jitter over an exponential bound, or what the other side
// asked for.
func (p Policy) pause(n uint, err error) time.Duration {
	var e *fault.Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		return e.RetryAfter
	}
	bound := p.Max
	if doublings := n - 1; p.Base < p.Max>>doublings { // compared this way around, the shift cannot overflow
		bound = p.Base << doublings
	}
	return time.Duration(p.Random() * float64(bound))
}

// Retry calls do until it succeeds, fails for good (fault.Retryable says no), ctx ends, or the attempts are used up; the
// last error is returned. Each attempt and each pause shows in the task's View. T may be nil.
func Retry(ctx context.Context, t *Task, p Policy, do func(ctx context.Context) error) error {
	p = p.withDefaults()
	n := 0
	options := []retry.Option{
		retry.Context(ctx),
		retry.Attempts(uint(p.Attempts)),
		retry.LastErrorOnly(true),
		retry.RetryIf(fault.Retryable),
		retry.MaxDelay(0),
		// retry-go counts a failure before it asks for the pause, so n is 1 the first time, whatever its documentation says.
		retry.DelayType(func(n uint, err error, _ *retry.Config) time.Duration {
			pause := p.pause(n, err)
			if t != nil {
				t.waits(err, t.runner.now().Add(pause))
			}
			return pause
		}),
	}
	if p.Timer != nil {
		options = append(options, retry.WithTimer(p.Timer))
	}
	return retry.Do(func() error {
		n++
		if t != nil {
			t.attempt(n, p.Attempts)
		}
		return do(ctx)
	}, options...)
}

// Stall gives a context that ends with a fault.Timeout when touch is not called for limit, the only time limit a long
// operation has. Stop must be called; it releases the watch.
func Stall(ctx context.Context, op string, limit time.Duration) (stalled context.Context, touch func(), stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	watch := time.AfterFunc(limit, func() {
		cancel(&fault.Error{
			Kind: fault.Timeout, Op: op, Why: "no progress for " + limit.String(), Action: fault.Retry,
			Remedy: "Try again; if it happens again, look at the engine's network.",
		})
	})
	return ctx, func() { watch.Reset(limit) }, func() { watch.Stop(); cancel(nil) }
}
