package task_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"berth/engine/enginetest/leak"
	"berth/engine/fault"
	"berth/engine/task"
)

func TestMain(m *testing.M) { leak.Main(m) }

func newRunner(t *testing.T) *task.Runner {
	t.Helper()
	r := task.NewRunner(func() {}, nil)
	t.Cleanup(r.Close)
	return r
}

func TestATaskEndsAsItsWorkDoes(t *testing.T) {
	boom := errors.New("boom")
	tests := []struct {
		name  string
		do    func(context.Context, *task.Task) error
		state task.State
		step  task.StepState
		kind  fault.Kind
	}{
		{"done", func(context.Context, *task.Task) error { return nil }, task.Done, task.StepDone, ""},
		{"failed", func(context.Context, *task.Task) error { return boom }, task.Failed, task.StepFailed, fault.Unknown},
		{"a panic fails the task alone", func(context.Context, *task.Task) error { panic("x") }, task.Failed, task.StepFailed, fault.Unknown},
		{"cancelled", func(ctx context.Context, own *task.Task) error {
			own.Cancel()
			<-ctx.Done()
			return fmt.Errorf("read body: %w", ctx.Err())
		}, task.Cancelled, task.StepStopped, fault.Cancelled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRunner(t)
			one := r.Go(task.Options{Kind: task.Build, Title: "Building x"}, func(ctx context.Context, own *task.Task) error {
				own.Step("a", "first").Begin("working")
				return tt.do(ctx, own)
			})
			<-one.Done()
			v := one.View()
			if v.State != tt.state || v.Steps[0].State != tt.step {
				t.Errorf("state %s, step %s; want %s, %s", v.State, v.Steps[0].State, tt.state, tt.step)
			}
			if tt.kind != "" && fault.KindOf(v.Err) != tt.kind {
				t.Errorf("kind %q, want %q", fault.KindOf(v.Err), tt.kind)
			}
			if v.Ended.IsZero() || (v.Progress == 1) != (tt.state == task.Done) {
				t.Errorf("ended %v, progress %v", v.Ended, v.Progress)
			}
		})
	}
}

func TestOneKeyRunsOnce(t *testing.T) {
	r := newRunner(t)
	release := make(chan struct{})
	var runs atomic.Int32
	do := func(context.Context, *task.Task) error { runs.Add(1); <-release; return nil }
	a := r.Go(task.Options{Key: "image/x"}, do)
	b := r.Go(task.Options{Key: "image/x"}, do)
	if a != b {
		t.Error("a second task of the same key was started")
	}
	close(release)
	<-a.Done()
	c := r.Go(task.Options{Key: "image/x"}, do)
	<-c.Done()
	if c == a || runs.Load() != 2 {
		t.Errorf("after the end the key is not free again: %d runs", runs.Load())
	}
}

func TestProgressNeverFallsThoughStepsAndTotalsGrow(t *testing.T) {
	r := newRunner(t)
	last := -1.0
	one := r.Go(task.Options{}, func(_ context.Context, own *task.Task) error {
		look := func() {
			if p := own.View().Progress; p < last {
				t.Errorf("progress fell from %v to %v", last, p)
			} else {
				last = p
			}
		}
		own.Step("a", "").Bytes("downloading", 50, 100)
		look()
		own.Step("a", "").Bytes("downloading", 60, 1000)
		look()
		for i := range 5 {
			own.Step(fmt.Sprint("late", i), "").Wait("waiting")
			look()
		}
		own.Step("a", "").Done("done")
		look()
		return nil
	})
	<-one.Done()
	if p := one.View().Progress; p != 1 {
		t.Errorf("a finished task shows %v", p)
	}
}

func TestWhatWasThereAlreadyIsNoProgress(t *testing.T) {
	r := newRunner(t)
	one := r.Go(task.Options{}, func(_ context.Context, own *task.Task) error {
		own.Step("image", "").Weigh(20).Present("already here")
		if p := own.View().Progress; p != 0 {
			t.Errorf("nothing was done yet, and the progress is %v", p)
		}
		own.Step("copy", "").Bytes("copying", 1, 2)
		own.Step("start", "").Wait("waiting")
		if p := own.View().Progress; p != 0.25 {
			t.Errorf("half of one of two steps is %v", p)
		}
		return nil
	})
	<-one.Done()
}

func TestCloseCancelsAndWaits(t *testing.T) {
	r := task.NewRunner(func() {}, nil)
	var ended atomic.Bool
	one := r.Go(task.Options{}, func(ctx context.Context, _ *task.Task) error {
		<-ctx.Done()
		ended.Store(true)
		return ctx.Err()
	})
	r.Close()
	if !ended.Load() {
		t.Error("Close did not wait for the work to end")
	}
	if one.View().State != task.Cancelled {
		t.Errorf("state %s", one.View().State)
	}
	late := r.Go(task.Options{Title: "late"}, func(context.Context, *task.Task) error { return nil })
	if err := late.Wait(t.Context()); !errors.Is(err, fault.Cancelled) {
		t.Errorf("a task started after Close: %v", err)
	}
}

func TestRetryTriesAgainOnlyWhatCanSucceed(t *testing.T) {
	tests := []struct {
		name  string
		kind  fault.Kind
		tries int
	}{
		{"network trouble is tried to the end", fault.Network, 4},
		{"a wrong password is not", fault.Unauthorized, 1},
		{"a full disk is not", fault.DiskFull, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				err := task.Retry(t.Context(), nil, task.Policy{Attempts: 4}, func(context.Context) error {
					tries++
					return fault.New(tt.kind, "pull x", "no")
				})
				if tries != tt.tries || !errors.Is(err, tt.kind) {
					t.Errorf("%d tries, %v; want %d tries", tries, err, tt.tries)
				}
			})
		})
	}
}

func TestRetryShowsItsAttemptsAndHonoursRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := task.NewRunner(func() {}, nil)
		defer r.Close()
		began := time.Now()
		tries := 0
		one := r.Go(task.Options{}, func(ctx context.Context, own *task.Task) error {
			return task.Retry(ctx, own, task.Policy{Attempts: 3}, func(context.Context) error {
				tries++
				if tries == 1 {
					return &fault.Error{Kind: fault.RateLimited, Why: "slow down", RetryAfter: 7 * time.Second}
				}
				return nil
			})
		})
		synctest.Wait()
		v := one.View()
		if v.State != task.Waiting || v.Attempt != 1 || v.Attempts != 3 || !v.NextTry.Equal(began.Add(7*time.Second)) {
			t.Errorf("while waiting: state %s, attempt %d of %d, next in %v", v.State, v.Attempt, v.Attempts, v.NextTry.Sub(began))
		}
		<-one.Done()
		if v := one.View(); v.Attempt != 2 || v.State != task.Done || time.Since(began) != 7*time.Second {
			t.Errorf("after: attempt %d, state %s, took %v", v.Attempt, v.State, time.Since(began))
		}
	})
}

func TestCancelEndsAPauseBetweenAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := task.NewRunner(func() {}, nil)
		defer r.Close()
		one := r.Go(task.Options{}, func(ctx context.Context, own *task.Task) error {
			return task.Retry(ctx, own, task.Policy{}, func(context.Context) error {
				return &fault.Error{Kind: fault.RateLimited, RetryAfter: time.Hour}
			})
		})
		synctest.Wait()
		one.Cancel()
		<-one.Done()
		if v := one.View(); v.State != task.Cancelled {
			t.Errorf("state %s: %v", v.State, v.Err)
		}
	})
}

func TestStallEndsWhatNoLongerMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, touch, stop := task.Stall(t.Context(), "pull x", time.Minute)
		defer stop()
		for range 5 {
			time.Sleep(50 * time.Second) // virtual time: synctest moves the clock
			touch()
		}
		if ctx.Err() != nil {
			t.Fatal("ended although it moved")
		}
		time.Sleep(61 * time.Second)
		if cause := context.Cause(ctx); !errors.Is(cause, fault.Timeout) {
			t.Errorf("cause %v", cause)
		}
	})
}

func TestTheLogIsBoundedAndKnowsItsStep(t *testing.T) {
	r := newRunner(t)
	one := r.Go(task.Options{}, func(_ context.Context, own *task.Task) error {
		for i := range 12000 {
			own.Log(fmt.Sprint("line ", i))
		}
		own.Step("v1", "RUN x").Log("of the step")
		return nil
	})
	<-one.Done()
	all := one.Lines("")
	if len(all) > 5000 || all[len(all)-2].Text != "line 11999" {
		t.Errorf("%d lines, the last but one %q", len(all), all[len(all)-2].Text)
	}
	if own := one.Lines("v1"); len(own) != 1 || own[0].Text != "of the step" {
		t.Errorf("log of the step: %v", own)
	}
	if one.View().LogLines != 12001 {
		t.Errorf("LogLines %d", one.View().LogLines)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	r := newRunner(t)
	for range 150 {
		<-r.Go(task.Options{}, func(context.Context, *task.Task) error { return nil }).Done()
	}
	views := r.Views()
	if len(views) > 100 || views[0].ID != 150 {
		t.Errorf("%d tasks kept, newest %d", len(views), views[0].ID)
	}
	r.Forget()
	if n := len(r.Views()); n != 0 {
		t.Errorf("%d tasks after Forget", n)
	}
}
