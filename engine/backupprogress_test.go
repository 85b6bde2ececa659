package engine

import (
	"context"
	"testing"

	"berth/engine/agent"
	"berth/engine/task"
	"berth/engine/volume"
)

func TestTheProgressOfABackupIsOneOfBytes(t *testing.T) {
	runner := task.NewRunner(func() {}, nil)
	defer runner.Close()
	sizes := map[string]volume.Size{
		volume.Name(agent.Session, "x"): {Bytes: 1 << 20}, volume.Name(agent.Projects, "x"): {Bytes: 99 << 20},
	}
	one := runner.Go(task.Options{}, func(_ context.Context, own *task.Task) error {
		declareReads(own, "x", []agent.Role{agent.Session, agent.Projects}, sizes)
		readStep(own, volume.Name(agent.Session, "x")).Done("read")
		if p := own.View().Progress; p < 0.009 || p > 0.011 {
			t.Errorf("after 1 of 100 MiB it is %v", p)
		}
		readStep(own, volume.Name(agent.Projects, "x")).Bytes("reading", 1, 2)
		if p := own.View().Progress; p < 0.49 || p > 0.52 {
			t.Errorf("after half of them it is %v", p)
		}
		return nil
	})
	<-one.Done()
}
