package image

import (
	"context"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/filters"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/registry"
	"golang.org/x/sync/errgroup"

	"berth/engine/task"
)

// fetchStage is the label of the stage that the classic builder leaves behind as an untagged image.
const fetchStage = "app.berth.stage=fetch"

// classic builds with the engine's classic builder, which Podman offers too. The context is streamed while it reads.
func (b *builder) classic(ctx context.Context) error {
	args := map[string]*string{}
	for name, value := range b.opts.args() {
		args[name] = &value
	}
	key, found := b.baseSignIn(ctx)
	signIns := map[string]registry.AuthConfig{}
	if !found.anonymous() {
		signIns[key] = found.auth
	}

	reader, writer := io.Pipe()
	var group errgroup.Group
	group.Go(func() error {
		err := b.opts.files().tar(writer)
		return writer.CloseWithError(err)
	})
	defer group.Wait()   //nolint:errcheck // a context that cannot be written fails the reader with the same error
	defer reader.Close() //nolint:errcheck // ends the writer when the engine did not read to the end

	res, err := b.cli.ImageBuild(ctx, reader, build.ImageBuildOptions{
		Version: build.BuilderV1, Tags: []string{b.opts.Tag}, BuildArgs: args, AuthConfigs: signIns,
		NoCache: b.opts.NoCache, Remove: true, ForceRemove: true,
	})
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return b.failure(nil, err)
	}
	defer res.Body.Close() //nolint:errcheck // reading is over; closing only ends the engine's work

	steps := newClassicSteps(b.t, b.plan)
	err = read(ctx, res.Body, func(msg message) {
		b.touch()
		steps.take(msg)
	})
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !isStreamError(err) {
			return err
		}
		return b.failure(steps.failed(err), err)
	}
	steps.finish()
	b.clear(ctx)
	return nil
}

// clear removes the fetch stages that builds left behind. That it does not succeed is no reason to fail.
func (b *builder) clear(ctx context.Context) {
	left, err := b.cli.ImageList(ctx, dockerimage.ListOptions{
		Filters: filters.NewArgs(filters.Arg("dangling", "true"), filters.Arg("label", fetchStage)),
	})
	if err != nil {
		b.t.Log("left-over fetch stages were not looked for: " + err.Error())
		return
	}
	for _, one := range left {
		if _, err := b.cli.ImageRemove(ctx, one.ID, dockerimage.RemoveOptions{PruneChildren: true}); err != nil {
			b.t.Log("the left-over fetch stage " + one.ID + " stays: " + err.Error())
		}
	}
}

// classicSteps reads the text of a classic build. There is a step for each instruction of the Dockerfile from the start.
type classicSteps struct {
	t       *task.Task
	steps   []*output
	labels  []string
	current int // index of the running one; -1 before the first
	base    *layers
	budget  int
	cached  bool
}

func newClassicSteps(t *task.Task, plan []instruction) *classicSteps {
	cs := &classicSteps{t: t, current: -1, base: newLayers(t, "base "), budget: longBudget}
	for _, one := range plan {
		cs.add(one.label(), one.weight())
	}
	return cs
}

func (cs *classicSteps) add(label string, weight float64) {
	id := "step " + strconv.Itoa(len(cs.steps)+1)
	step := cs.t.Step(id, label).Weigh(weight)
	step.Wait("waiting")
	cs.steps = append(cs.steps, &output{step: step, budget: &cs.budget})
	cs.labels = append(cs.labels, label)
}

// stepLine is how an instruction is announced: "Step 3/12 : RUN x" by Docker, "[1/2] STEP 3/5: RUN x" or "STEP 3/5: RUN x"
// by Podman, which counts within a stage.
var stepLine = regexp.MustCompile(`^(?:Step (\d+)/\d+ : |(?:\[\d+/\d+\] )?STEP \d+(?:/\d+)?: )(.*)$`)

// take reads one message.
func (cs *classicSteps) take(msg message) {
	switch {
	case msg.Stream != "":
		cs.text(plainOf(msg.Stream))
	case msg.ID != "":
		cs.base.take(msg)
	case msg.Status != "":
		cs.text(msg.Status + "\n")
	}
}

// plainOf takes off the red that Docker's classic builder puts around each piece that a step writes to its standard error.
// With it the lines by which a step says what went wrong, and curl's meter, would not be known again. What a step colours
// itself stays.
func plainOf(data string) string {
	const red, end = "\x1b[91m", "\x1b[0m"
	if strings.HasPrefix(data, red) && strings.HasSuffix(data, end) {
		return data[len(red) : len(data)-len(end)]
	}
	return data
}

// text splits the stream into lines only to find the builder's own; what a step prints is passed on as it comes.
func (cs *classicSteps) text(data string) {
	if m := stepLine.FindStringSubmatch(strings.TrimSpace(data)); m != nil {
		cs.next(m[1], m[2])
		return
	}
	if cs.current < 0 {
		cs.t.Log(strings.TrimSpace(data))
		return
	}
	if strings.Contains(data, "Using cache") && (strings.HasPrefix(data, " ---> ") || strings.HasPrefix(data, "--> ")) {
		cs.cached = true
	}
	cs.steps[cs.current].write(data)
}

// next closes the running step and begins another: the one of that number, or the next of that kind where Podman counts
// otherwise.
func (cs *classicSteps) next(number, text string) {
	cs.close()
	name, _, _ := strings.Cut(text, " ")
	at := cs.current + 1
	if n, err := strconv.Atoi(number); err == nil {
		at = max(0, min(n-1, len(cs.steps))) // what a step prints may look like an announcement, with any number in it
	} else if number == "" {
		for at < len(cs.labels) && !isInstruction(cs.labels[at], name) {
			cs.steps[at].step.Done("done") // Podman does not announce arguments before the first stage
			at++
		}
	}
	for at >= len(cs.steps) {
		cs.add(text, instruction{name: name}.weight())
	}
	cs.current = at
	cs.steps[at].step.Begin("running")
}

// isInstruction reports whether a label is of an instruction of that name.
func isInstruction(label, name string) bool {
	if _, rest, ok := strings.Cut(label, "] "); ok && strings.HasPrefix(label, "[") {
		label = rest
	}
	return strings.HasPrefix(strings.ToUpper(label), strings.ToUpper(name)+" ")
}

// close ends the running step well.
func (cs *classicSteps) close() {
	if cs.current < 0 {
		return
	}
	one := cs.steps[cs.current]
	one.flush()
	if cs.cached {
		one.step.Present("cached")
	} else {
		one.step.Done("done")
	}
	cs.cached = false
}

// finish ends all steps after the build succeeded.
func (cs *classicSteps) finish() {
	cs.close()
	cs.base.finish()
	for i, one := range cs.steps {
		if i > cs.current {
			one.step.Done("done")
		}
	}
}

// failed gives the step that broke the build; nil when none had begun.
func (cs *classicSteps) failed(err error) *failedStep {
	if cs.current < 0 {
		return nil
	}
	one := cs.steps[cs.current]
	one.flush()
	one.step.Fail("failed")
	return &failedStep{name: cs.labels[cs.current], why: err.Error(), log: one.last}
}
