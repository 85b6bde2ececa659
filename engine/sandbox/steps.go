package sandbox

import (
	"berth/engine/agent"
	"berth/engine/task"
	"berth/engine/volume"
)

// The steps of a task that works on a sandbox. They are declared before the work begins, so that its progress is a share of
// the whole. The weights are the seconds each usually takes; getting an image takes far longer than all the rest.

func containerStep(t *task.Task, name string) *task.Step {
	return t.Step("container", "Container "+ContainerName(name)).Weigh(0.5)
}

func startStep(t *task.Task, name string) *task.Step {
	return t.Step("start", "Start "+ContainerName(name)).Weigh(0.5)
}

func healthStep(t *task.Task) *task.Step { return t.Step("health", "Wait for opencode").Weigh(3) }

func stopStep(t *task.Task, name string) *task.Step {
	return t.Step("stop", "Stop "+ContainerName(name)).Weigh(0.5)
}

// DeclareCreate declares what comes before the start of a sandbox that does not exist.
func DeclareCreate(t *task.Task, name string) {
	ImageStep(t)
	DeclareFilled(t, name)
}

// DeclareFilled declares what brings up a sandbox that does not exist and whose image is there.
func DeclareFilled(t *task.Task, name string) {
	for _, role := range agent.Roles {
		volume.Step(t, volume.Name(role, name))
	}
	containerStep(t, name)
	DeclareStart(t, name)
}

// DeclareStart declares a start.
func DeclareStart(t *task.Task, name string) {
	startStep(t, name)
	healthStep(t)
}

// DeclareRestart declares a stop and a start.
func DeclareRestart(t *task.Task, name string) {
	stopStep(t, name)
	DeclareStart(t, name)
}

// DeclareEdit declares what a change of a sandbox does.
func DeclareEdit(t *task.Task, name string) {
	ImageStep(t)
	for _, role := range agent.Roles {
		volume.Step(t, volume.Name(role, name))
	}
	containerStep(t, name)
}

// ImageStep is the step of getting the image.
func ImageStep(t *task.Task) *task.Step { return t.Step("image", "Image").Weigh(20) }
