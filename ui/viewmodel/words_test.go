package viewmodel

import (
	"errors"
	"testing"
	"time"

	"berth/engine"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
)

var now = time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)

func TestAgeNamesTheLargestUnit(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 0: "0 s", 59 * time.Second: "59 s", 90 * time.Second: "1 min", 3 * time.Hour: "3 h",
		47 * time.Hour: "47 h", 49 * time.Hour: "2 d", 20 * 24 * time.Hour: "20 d", 36 * 24 * time.Hour: "5 w",
	} {
		if got := Age(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestSizesHaveThreeDigits(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 B", 512: "512 B", 432013312: "412 MiB", 4 << 30: "4 GiB", 1023 << 20: "1023 MiB"} {
		if got := Memory(bytes); got != want {
			t.Errorf("memory of %d is %q, want %q", bytes, got, want)
		}
	}
	for bytes, want := range map[int64]string{44_100_000: "44.1 MB", 93_300_000: "93.3 MB", 1200: "1.2 kB", 999: "999 B"} {
		if got := Size(bytes); got != want {
			t.Errorf("size of %d is %q, want %q", bytes, got, want)
		}
	}
	if got := Of(44_100_000, 62_000_000); got != "44.1 of 62 MB" {
		t.Errorf("got %q", got)
	}
	if got := Of(900, 62_000_000); got != "900 B of 62 MB" {
		t.Errorf("got %q", got)
	}
}

func TestALoadHasTwoDigits(t *testing.T) {
	for load, want := range map[float64]string{0: "0.0 %", 2.14: "2.1 %", 9.94: "9.9 %", 9.97: "10 %", 61.2: "61 %", 380: "380 %"} {
		if got := Percent(load); got != want {
			t.Errorf("%v reads %q, want %q", load, got, want)
		}
	}
}

func TestAStateReadsAsAWord(t *testing.T) {
	for want, s := range map[string]engine.Sandbox{
		"Healthy":                    {State: sandbox.Healthy},
		"Starting · 2 s":             {State: sandbox.Starting, Since: now.Add(-2 * time.Second)},
		"Stopped":                    {State: sandbox.Stopped},
		"Exited 137: out of memory":  {State: sandbox.Exited, Detail: "137: out of memory"},
		"Unhealthy: line 3":          {State: sandbox.Unhealthy, Detail: "line 3"},
		"Changing":                   {State: sandbox.Changing},
		"Not started":                {State: sandbox.Created},
		"Restarting after 1":         {State: sandbox.Restarts, Detail: "1"},
		"Paused":                     {State: sandbox.Paused},
		"Not started: no such image": {State: sandbox.Created, Detail: "no such image"},
	} {
		if got, _ := StateWords(s, now); got != want {
			t.Errorf("%s reads %q, want %q", s.State, got, want)
		}
	}
}

func TestSummarySaysForHowLong(t *testing.T) {
	s := engine.Sandbox{State: sandbox.Healthy, Since: now.Add(-3 * time.Hour), Version: "1.18.33"}
	if got, want := Summary(s, now), "healthy for 3 h · opencode 1.18.33"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.State = sandbox.Stopped
	if got, want := Summary(s, now), "stopped 3 h ago · opencode 1.18.33"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestATaskSaysWhatItDoes(t *testing.T) {
	reset := fault.New(fault.Network, "pull x", "the connection was reset")
	for want, v := range map[string]task.View{
		"attempt 2 of 5 in 4 s · the connection was reset": {
			State: task.Waiting, Attempt: 1, Attempts: 5, NextTry: now.Add(3 * time.Second), LastErr: reset,
		},
		"the connection was reset":   {State: task.Failed, Err: reset},
		"plain":                      {State: task.Failed, Err: errors.New("plain")},
		"cancelled":                  {State: task.Cancelled, Err: fault.New(fault.Cancelled, "", "cancelled")},
		"attempt 2 of 5":             {State: task.Running, Attempt: 2, Attempts: 5},
		"FROM debian · downloading":  {State: task.Running, Steps: []task.StepView{{Label: "FROM debian", Detail: "downloading", State: task.StepActive}}},
		"opencode 1 is ready":        {State: task.Done, Detail: "opencode 1 is ready"},
		"waiting for an engine":      {State: task.Running, Detail: "waiting for an engine"},
		"attempt 3 of 5 · unpacking": {State: task.Running, Attempt: 3, Attempts: 5, Detail: "unpacking"},
	} {
		if got := TaskDetail(v, now); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestATaskInFigures(t *testing.T) {
	v := task.View{Progress: 0.589, Current: 168_000_000, Total: 291_000_000, Rate: 14e6, Left: 9 * time.Second}
	if got, want := TaskProgress(v, false), "58 % · 168 of 291 MB · 14 MB/s · 9 s left"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	v = task.View{Progress: 0.62, Left: 18 * time.Second, Steps: make([]task.StepView, 9)}
	for i := range 4 {
		v.Steps[i].State = task.StepDone
	}
	for i := 4; i < 9; i++ {
		v.Steps[i].State = task.StepWaiting
	}
	if got, want := TaskProgress(v, true), "62 % · 5 of 9 · 18 s left"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestClockNamesTheDay(t *testing.T) {
	for want, at := range map[string]time.Time{
		"today 13:20": now.Add(-100 * time.Minute), "yesterday 22:00": now.Add(-17 * time.Hour),
		"1 Feb 09:15": time.Date(2026, 2, 1, 9, 15, 0, 0, time.UTC), "1 Feb 2025": time.Date(2025, 2, 1, 9, 15, 0, 0, time.UTC),
	} {
		if got := Clock(at, now); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
