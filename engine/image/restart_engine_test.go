package image

import (
	"context"
	"testing"

	"berth/engine/enginetest"
	"berth/engine/task"
)

// patient is a policy that outlasts the restart of an engine.
var patient = task.Policy{Attempts: 30, Base: quick.Max, Max: 2 * quick.Max}

func TestAPullOutlivesTheEnginesRestart(t *testing.T) {
	enginetest.Slow(t)
	e := enginetest.Private(t)
	ref := slowImage(t)
	var got Image
	one := running(t, func(ctx context.Context, own *task.Task) (err error) {
		got, err = Pull(ctx, e.Client, own, PullOptions{References: []string{ref}, Policy: patient, DockerConfig: t.TempDir()})
		return err
	})
	await(t, t.Context(), "the download has begun", func() bool { return one.View().Current > 0 })
	e.Kill()
	e.Start()
	<-one.Done()
	if v := one.View(); v.Err != nil || got.ID == "" || v.Attempt < 2 {
		t.Errorf("attempt %d: %v", v.Attempt, v.Err)
	}
}

func TestABuildOutlivesTheEnginesRestart(t *testing.T) {
	enginetest.Slow(t)
	for name, buildKit := range map[string]bool{"BuildKit": true, "classic": false} {
		t.Run(name, func(t *testing.T) {
			e := enginetest.Private(t)
			opts := tiny(t, "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN echo begun; sleep 3; echo ended\n")
			opts.BuildKit, opts.Policy = buildKit, patient
			var got Image
			one := running(t, func(ctx context.Context, own *task.Task) (err error) {
				got, err = Build(ctx, e.Client, own, opts)
				return err
			})
			await(t, t.Context(), "the step runs", func() bool {
				for _, line := range one.Lines("") {
					if line.Text == "begun" {
						return true
					}
				}
				return false
			})
			e.Kill()
			e.Start()
			<-one.Done()
			if v := one.View(); v.Err != nil || got.ID == "" || v.Attempt < 2 {
				t.Errorf("attempt %d: %v", v.Attempt, v.Err)
			}
		})
	}
}
