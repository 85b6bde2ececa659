package engine

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	dockerimage "github.com/docker/docker/api/types/image"
	dockervolume "github.com/docker/docker/api/types/volume"

	"berth/engine/enginetest"
	"berth/engine/sandbox"
	"berth/engine/task"
)

// operation is one thing that is done to a sandbox, and dies at some step.
type operation struct {
	name string
	do   func(e *Engine) task.ID
	// check looks, on a Berth that came after, that the sandbox is in the old state or in the new one.
	check func(t *testing.T, e *Engine) string
	// again makes what the operation needs for another round.
	again func(t *testing.T, e *Engine)
}

// chance is the seed of what a test leaves to chance: BERTH_SEED, or the time. Each choice is drawn from it by itself, so that one
// seed makes the same choices again whatever else the run comes upon.
type chance uint64

func newChance(t *testing.T) chance {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("BERTH_SEED"), 10, 64); err == nil {
		seed = given
	}
	t.Logf("BERTH_SEED=%d", seed)
	return chance(seed)
}

// draw gives what makes the choices about something.
func (c chance) draw(about string) *rand.Rand {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(about)) // never fails
	return rand.New(rand.NewPCG(uint64(c), sum.Sum64()))
}

// deaths are those of an operation that are tried, by the steps they come before, or with a minus after: one of them, or with
// BERTH_DEATHS=all every step and way.
func (c chance) deaths(about string, steps int) []int {
	var all []int
	for n := 1; n <= steps; n++ {
		all = append(all, n, -n)
	}
	if allDeaths() {
		return all
	}
	return all[c.draw(about).IntN(len(all)):][:1]
}

// allDeaths reports whether every step of every operation is wanted.
func allDeaths() bool { return os.Getenv("BERTH_DEATHS") == "all" }

// besideTheOthers lets the tests of deaths run at once where all deaths are tried, which takes hours. Each has an engine of its own.
func besideTheOthers(t *testing.T) {
	t.Helper()
	if allDeaths() {
		t.Parallel()
	}
}

// fewOperations is how many are tried when not all of it is wanted: each takes a minute.
const fewOperations = 1

// some gives one of the operations by chance, or all when that is wanted, in their order: each finds what the one before it leaves.
func (c chance) some(operations []operation) []operation {
	r := c.draw("operations")
	for !allDeaths() && len(operations) > fewOperations {
		n := r.IntN(len(operations))
		operations = slices.Delete(operations, n, n+1)
	}
	return operations
}

// mustDie tries a death at a step, which has to happen. The number of steps varies a little with what has to be asked for twice:
// where the operation was done before it came to the step, another one of the steps that it took is tried, once. try gives how
// many steps it took when nobody died.
func (c chance) mustDie(t *testing.T, step int, try func(step int) (died bool, steps int)) {
	t.Helper()
	died, steps := try(step)
	if !died && steps > 0 {
		other := 1 + c.draw(t.Name()).IntN(steps)
		t.Logf("it took %d steps and did not come to step %d: step %d is tried", steps, step, other)
		died, steps = try(other)
	}
	if !died {
		t.Errorf("nobody died: it was done after %d steps", steps)
	}
}

// Berth dies at a step of an operation: nothing more of it reaches the engine. The next Berth that connects finds the
// sandbox in the old state or in the new one, with its sessions, and nothing half done beside it.
func TestADeathAtAnyStepEndsInTheOldOrTheNewState(t *testing.T) {
	enginetest.Slow(t)
	besideTheOthers(t)
	of := enginetest.Shared(t)
	c := newChance(t)
	w := newDeathWorld(t, of)
	for _, op := range c.some(w.operations(t)) {
		t.Run(op.name, func(t *testing.T) {
			steps := w.steps(t, op)
			all := deathCount{operation: op.name, dies: "Berth", steps: len(steps)}
			for _, n := range c.deaths(op.name, len(steps)) {
				step, after := max(n, -n), n < 0
				way := fmt.Sprintf("step %d before %s", step, steps[step-1])
				if after {
					way = fmt.Sprintf("step %d after %s", step, steps[step-1])
				}
				all.count(t, strings.ReplaceAll(way, "/", "|"), func(t *testing.T) (ends string) {
					c.mustDie(t, step, func(step int) (died bool, steps int) {
						died, steps, ends = w.dies(t, op, step, after)
						return died, steps
					})
					return ends
				})
			}
			all.writeDown(t)
		})
	}
}

// steps does an operation without a death, and gives what it asked the engine for.
func (w *deathWorld) steps(t *testing.T, op operation) []string {
	t.Helper()
	gate := enginetest.NewGate(t, w.of.Host)
	e := open(t, gate.Host, w.settings)
	enginetest.Eventually(t, time.Minute, "the connection", func() bool { return e.Snapshot().Listed })
	gate.DieAt(0, false)
	mustFinish(t, e, op.do(e))
	steps := gate.Asked()
	if len(steps) == 0 {
		t.Fatal("it asked the engine for no change")
	}
	e.Close()
	next := open(t, w.of.Host, w.settings)
	if state := op.check(t, next); state != "new" {
		t.Fatalf("without a death it ends in the %s state", state)
	}
	op.again(t, next)
	next.Close()
	t.Logf("%d steps", len(steps))
	return steps
}

// dies lets Berth die before, or after, the engine does a step, and looks what the next one makes of it. Where the operation was
// done before it came to that step, it gives how many it took.
func (w *deathWorld) dies(t *testing.T, op operation, step int, after bool) (died bool, steps int, ends string) {
	t.Helper()
	gate := enginetest.NewGate(t, w.of.Host)
	e := open(t, gate.Host, w.settings)
	enginetest.Eventually(t, time.Minute, "the connection", func() bool { return e.Snapshot().Listed })
	gate.DieAt(step, after)
	id := op.do(e)
	enginetest.Eventually(t, 5*time.Minute, "the death, or the end", func() bool {
		return gate.Dead() || e.tasks.Find(id).View().State.Over()
	})
	e.Close()
	died, steps = gate.Dead(), len(gate.Asked())
	between := w.between(t)
	next := open(t, w.of.Host, w.settings)
	w.settles(t, next)
	wantTold(t, next, between)
	if failed := told(next, "Not all that"); len(failed) > 0 {
		t.Errorf("it could not end all at once: %q", failed)
	}
	ends = op.check(t, next)
	t.Logf("it ends in the %s state", ends)
	op.again(t, next)
	next.Close()
	return died, steps, ends
}

// The engine dies at a step, as in a crash, and is started again; Berth lives on, or dies with it. What is there in the end is
// the old state or the new one.
func TestAnEngineThatDiesAtAStepEndsInTheOldOrTheNewState(t *testing.T) {
	enginetest.Slow(t)
	c := newChance(t)
	engineDies(t, c, !allDeaths() && c.draw("who dies").IntN(2) == 0)
}

func TestAnEngineAndABerthThatDieAtAStepEndInTheOldOrTheNewState(t *testing.T) {
	if !allDeaths() {
		t.Skip("TestAnEngineThatDiesAtAStep tries this too, by chance; make test-deaths tries both wholly")
	}
	engineDies(t, newChance(t), true)
}

// engineDies lets an engine die, and Berth with it or not, in some operations or in all.
func engineDies(t *testing.T, c chance, both bool) {
	t.Helper()
	besideTheOthers(t)
	private := enginetest.PrivateBeside(t)
	shared := enginetest.Shared(t)
	seed := enginetest.Registry(t) + "/" + enginetest.Name(t) + ":seed"
	pinned := ensureBuilt(t, shared)
	enginetest.Push(t, shared, pinned, seed)
	pullAndTag(t, &private.Engine, seed, pinned)
	w := newDeathWorld(t, &private.Engine)
	for _, op := range c.some(w.operations(t)) {
		t.Run(op.name, func(t *testing.T) {
			steps := len(w.steps(t, op))
			all := deathCount{operation: op.name, dies: "the engine", steps: steps}
			if both {
				all.dies = "both"
			}
			for _, step := range c.deaths(op.name, steps) {
				all.count(t, fmt.Sprintf("%s at step %d", all.dies, step), func(t *testing.T) (ends string) {
					c.mustDie(t, max(step, -step), func(n int) (died bool, steps int) {
						died, steps, ends = w.diesWithTheEngine(t, private, op, both, n, step < 0)
						return died, steps
					})
					return ends
				})
			}
			all.writeDown(t)
		})
	}
}

// diesWithTheEngine lets the engine die before, or after, it does a step, and looks what is made of it. Where the operation was done before
// it came to that step, it gives how many it took.
func (w *deathWorld) diesWithTheEngine(t *testing.T, private *enginetest.PrivateEngine, op operation, both bool, step int, after bool) (died bool, steps int, ends string) {
	t.Helper()
	gate := enginetest.NewGate(t, private.Host)
	e := open(t, gate.Host, w.settings)
	enginetest.Eventually(t, time.Minute, "the connection", func() bool { return e.Snapshot().Listed })
	begun, dead := make(chan struct{}), make(chan struct{})
	gate.CallAt(step, after, func() {
		close(begun)
		if both {
			gate.Die()
		}
		private.Kill()
		private.Start()
		close(dead)
	})
	over := e.tasks.Find(op.do(e)).Done() // how it ends is not the point
	select {
	case <-begun:
	case <-over:
	case <-time.After(3 * time.Minute):
		t.Fatalf("it neither ended nor came to step %d: %q", step, gate.Asked())
	}
	select {
	case <-begun: // perhaps at its last step
		<-dead
		died = true
	default:
	}
	asked := gate.Asked()
	t.Logf("at step %d of %q", step, asked)
	next := e
	switch {
	case !died:
		gate.DieAt(0, false) // what follows is no step of it
	case both:
		e.Close()
		next = open(t, private.Host, w.settings)
	default:
		<-over
	}
	w.settles(t, next)
	ends = op.check(t, next)
	t.Logf("it ends in the %s state", ends)
	op.again(t, next)
	next.Close()
	return died, len(asked), ends
}

// pullAndTag gets an image onto an engine under a name.
func pullAndTag(t *testing.T, of *enginetest.Engine, ref, name string) {
	t.Helper()
	stream, err := of.Client.ImagePull(t.Context(), ref, dockerimage.PullOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, stream)
	if err := errors.Join(err, stream.Close(), of.Client.ImageTag(t.Context(), ref, name)); err != nil {
		t.Fatal(err)
	}
}

// settles waits until a Berth that came after a death has done what there was to do: nothing is at work, nothing half done is
// left.
func (w *deathWorld) settles(t *testing.T, e *Engine) {
	t.Helper()
	var left []string
	done := func() bool {
		snap := e.Snapshot()
		return snap.Listed && !slices.ContainsFunc(snap.Tasks, func(v task.View) bool { return !v.State.Over() })
	}
	defer func() {
		if t.Failed() {
			t.Errorf("left are %q", left)
		}
	}()
	enginetest.Eventually(t, 3*time.Minute, "the recovery to be done", func() bool {
		if !done() {
			return false
		}
		left = w.halfDone(t)
		return len(left) == 0 && done()
	})
}

// halfDone is what is left of something that was not finished.
func (w *deathWorld) halfDone(t *testing.T) []string { return halfDone(t, w.of, w.name, w.to) }

// halfDone is what an engine has of something that was begun on sandboxes of those names and is not finished.
func halfDone(t testing.TB, engine *enginetest.Engine, names ...string) []string {
	t.Helper()
	var left []string
	list, err := engine.Client.ContainerList(t.Context(), container.ListOptions{All: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		for _, name := range names {
			if of := c.Labels[sandbox.LabelName]; of == name && c.Names[0] != "/"+sandbox.ContainerName(name) || c.Labels["app.berth.helper"] == name {
				left = append(left, c.Names[0])
			}
		}
		if c.State == "paused" {
			left = append(left, c.Names[0]+" is paused")
		}
	}
	volumes, err := engine.Client.VolumeList(t.Context(), dockervolume.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	whole := map[string]bool{}
	for _, v := range volumes.Volumes {
		if v.Labels[sandbox.LabelMark] == "point" {
			whole[v.Labels[sandbox.LabelPoint]] = true
		}
	}
	alive := func(name string) bool {
		return slices.ContainsFunc(list, func(c container.Summary) bool { return c.Names[0] == "/"+sandbox.ContainerName(name) })
	}
	for _, v := range volumes.Volumes {
		of, mark, point := v.Labels[sandbox.LabelName], v.Labels[sandbox.LabelMark], v.Labels[sandbox.LabelPoint]
		half := mark != "" && mark != "point" && mark != "spec" || mark == "spec" && alive(of) || point != "" && !whole[point]
		if slices.Contains(names, of) && half {
			left = append(left, v.Name)
		}
	}
	images, err := engine.Client.ImageList(t.Context(), dockerimage.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range images {
		for _, tag := range i.RepoTags { // where it is the image's only name, the container keeps it
			if of, kept := sandbox.KeptFor(tag); kept && strings.HasSuffix(tag, "-was") && alive(of) && slices.Contains(names, of) && len(i.RepoTags) > 1 {
				left = append(left, tag)
			}
		}
	}
	return left
}

// deathWorld is the sandbox that dies, and what is done to it.
type deathWorld struct {
	of       *enginetest.Engine
	name, to string
	left     things
	backup   string
	ref      string
	turn     int
}

func newDeathWorld(t *testing.T, of *enginetest.Engine) *deathWorld {
	t.Helper()
	w := &deathWorld{of: of, name: enginetest.Name(t), to: enginetest.Name(t), backup: filepath.Join(t.TempDir(), "x.berth")}
	deleteAtTheEnd(t, of, w.name)
	deleteAtTheEnd(t, of, w.to)
	pinned := ensureBuilt(t, of)
	w.ref = enginetest.Registry(t) + "/" + w.name + ":1"
	t.Cleanup(func() { removeImage(of.Client, w.ref) })
	for _, v := range []string{"0", "1", "2"} {
		variant(t, of, pinned, "localhost/"+w.name+":"+v, "1.18.3"+v, "")
	}
	enginetest.Push(t, of, "localhost/"+w.name+":0", w.ref)
	e := open(t, of.Host, w.settings)
	mustFinish(t, e, e.Create(sandbox.Spec{Name: w.name, Image: w.ref}))
	waitHealthy(t, e, w.name)
	w.left = leaveSomething(t, ask(t, e, w.name))
	mustFinish(t, e, e.Backup(w.name, w.backup))
	return w
}
