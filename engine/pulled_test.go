package engine

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/filters"
	dockerimage "github.com/docker/docker/api/types/image"

	"berth/engine/enginetest"
	"berth/engine/image"
	"berth/engine/sandbox"
	"berth/engine/task"
)

// The local copy of the image is gone before each start, so that the registry's is what the sandbox is made of, both times.
func TestNothingIsLostWhenTheImageOfManyLayersIsPulledAnew(t *testing.T) {
	enginetest.Slow(t)
	for name, get := range map[string]func(testing.TB) *enginetest.Engine{"Docker": enginetest.Shared, "Podman": enginetest.Podman} {
		t.Run(name, func(t *testing.T) {
			of := get(t)
			known := tags(t, of)
			ref := manyLayers(t, of)
			for _, tag := range tags(t, of) {
				if !slices.Contains(known, tag) && strings.HasPrefix(tag, "localhost/") && layersOf(t, of, tag) > 20 {
					removeWhole(t, of, tag)
				}
			}
			t.Cleanup(func() { removeImage(of.Client, ref) })
			e := open(t, of.Host, pulled(ref))
			name := enginetest.Name(t)

			startsFromTheRegistry(t, e, of, name, ref)
			left := leaveSomething(t, ask(t, e, name))
			mustFinish(t, e, e.Remove(name))
			removeImage(of.Client, sandbox.KeptImages+":"+name+"-was") // else it is brought back on the image that it ran
			removeWhole(t, of, ref)
			startsFromTheRegistry(t, e, of, name, ref)
			left.find(t, ask(t, e, name))
		})
	}
}

// startsFromTheRegistry starts a sandbox whose image is not there yet, and looks that it was fetched layer by layer.
func startsFromTheRegistry(t *testing.T, e *Engine, of *enginetest.Engine, name, ref string) {
	t.Helper()
	if _, ok, err := image.Find(t.Context(), of.Client, ref); ok || err != nil {
		t.Fatalf("the image is there before the start (%v)", err)
	}
	kept := keepsSteps(t, of)
	before := lastOf(e, task.Pull).ID
	mustFinish(t, e, e.Start(name))
	waitHealthy(t, e, name)
	pull := lastOf(e, task.Pull)
	fetched := 0
	for _, s := range pull.Steps {
		if s.State == task.StepDone && s.Label != "Unpack" {
			fetched++
		}
	}
	if pull.ID == before || pull.State != task.Done || fetched < 20 && !kept {
		t.Errorf("pull %d (before it %d) is %s and fetched %d layers in %d steps", pull.ID, before, pull.State, fetched, len(pull.Steps))
	}
}

// keepsSteps reports that the engine has images of a build's steps although the built image is gone, and so what a pull of it
// would fetch. The containerd store does not take them away with it.
func keepsSteps(t *testing.T, of *enginetest.Engine) bool {
	t.Helper()
	list, err := of.Client.ImageList(t.Context(), dockerimage.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("dangling", "true"))})
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(list, func(one dockerimage.Summary) bool { return layersOf(t, of, one.ID) > 20 })
}

func tags(t *testing.T, of *enginetest.Engine) []string {
	t.Helper()
	list, err := of.Client.ImageList(t.Context(), dockerimage.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, one := range list {
		all = append(all, one.RepoTags...)
	}
	return all
}

func layersOf(t *testing.T, of *enginetest.Engine, ref string) int {
	t.Helper()
	inspected, err := of.Client.ImageInspect(t.Context(), ref)
	if err != nil {
		return 0 // another test's, that has ended
	}
	return len(inspected.RootFS.Layers)
}

// removeWhole removes an image with its layers, as far as no other image has them.
func removeWhole(t *testing.T, of *enginetest.Engine, ref string) {
	t.Helper()
	if _, err := of.Client.ImageRemove(context.Background(), ref, dockerimage.RemoveOptions{Force: true, PruneChildren: true}); err != nil {
		t.Fatal(err)
	}
}
