package fleet

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/volume"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/enginetest"
	"berth/engine/task"
)

// having are the images of the fleet that have a reference.
func having(t testing.TB, f *Fleet, ref string) []engine.Image {
	t.Helper()
	all, err := f.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(i engine.Image) bool { return !slices.Contains(i.References, ref) })
}

func TestImagesOfEachEngineAreListedAndChangedWhereTheyAre(t *testing.T) {
	docker, podman := enginetest.Shared(t), enginetest.Podman(t)
	ref := enginetest.Registry(t) + "/" + strings.ToLower(enginetest.Name(t)) + ":1"
	enginetest.PushLayers(t, ref, 1, 1000)
	f, _ := open(t, func(string) string { return "" }, config.Endpoint{Name: "one", Host: docker.Host}, config.Endpoint{Name: "two", Host: podman.Host})
	enginetest.Eventually(t, 20*time.Second, "both", func() bool {
		s := f.Snapshot()
		return s.Engine.Phase == connect.Connected && len(s.Also) == 1 && s.Also[0].Status.Phase == connect.Connected
	})
	before := f.Snapshot().Images
	finish(t, f, f.PullImageOn("two", ref))
	enginetest.Eventually(t, 20*time.Second, "word of the image", func() bool { return f.Snapshot().Images > before })
	far := having(t, f, ref)
	if len(far) != 1 || far[0].Engine != "two" || !strings.HasSuffix(far[0].ID, "@two") {
		t.Fatalf("after a pull to the second: %+v", far)
	}
	finish(t, f, f.PullImageOn("", ref))
	both := having(t, f, ref)
	if len(both) != 2 || both[0].Engine != "one" || strings.Contains(both[0].ID, "@") || both[1].Engine != "two" {
		t.Fatalf("after a pull to the first: %+v", both)
	}
	if newer, err := f.NewerOn(t.Context(), "", ref); err != nil || newer {
		t.Errorf("newer %v, %v", newer, err)
	}
	finish(t, f, f.RemoveImage(far[0]))
	if left := having(t, f, ref); len(left) != 1 || left[0].Engine != "one" {
		t.Errorf("after it was taken off the second: %+v", left)
	}
	finish(t, f, f.RemoveImage(both[0]))
	if left := having(t, f, ref); len(left) != 0 {
		t.Errorf("after it was taken off both: %+v", left)
	}
	if id := f.PullImageOn("gone", ref); id != 0 {
		t.Error("a pull to an engine that is not there is carried out elsewhere")
	}
	if n := f.Snapshot().Notices; len(n) == 0 || n[len(n)-1].Text != "The engine gone is not shown any more." {
		t.Errorf("nobody is told: %+v", n)
	}
}

func TestOtherContainersOfEachEngineSayWhoseTheyAre(t *testing.T) {
	docker, podman := enginetest.Shared(t), enginetest.Podman(t)
	name := strings.ToLower(enginetest.Name(t))
	ref := enginetest.Registry(t) + "/" + name + ":1"
	enginetest.PushLayers(t, ref, 1, 1000)
	f, _ := open(t, func(string) string { return "" }, config.Endpoint{Name: "one", Host: docker.Host}, config.Endpoint{Name: "two", Host: podman.Host})
	finish(t, f, f.PullImageOn("", ref))
	finish(t, f, f.PullImageOn("two", ref))
	for _, on := range []*enginetest.Engine{docker, podman} {
		made, err := on.Client.ContainerCreate(t.Context(), &container.Config{Image: ref, Cmd: []string{"/x"}}, nil, nil, nil, name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx := context.WithoutCancel(t.Context())
			if err := on.Client.ContainerRemove(ctx, made.ID, container.RemoveOptions{Force: true}); err != nil {
				t.Error(err)
			}
			if _, err := on.Client.ImageRemove(ctx, ref, image.RemoveOptions{Force: true}); err != nil {
				t.Error(err)
			}
		})
	}
	enginetest.Eventually(t, time.Minute, "both containers", func() bool {
		found := map[string]string{}
		for _, c := range f.Snapshot().Others {
			found[c.Name] = c.Engine
		}
		return found[name] == "one" && found[name+"@two"] == "two"
	})
}

func TestWhatCanBeImportedIsFoundOnEachEngine(t *testing.T) {
	docker, podman := enginetest.Shared(t), enginetest.Podman(t)
	f, _ := open(t, func(string) string { return "" }, config.Endpoint{Name: "one", Host: docker.Host}, config.Endpoint{Name: "two", Host: podman.Host})
	enginetest.Eventually(t, 20*time.Second, "both", func() bool {
		s := f.Snapshot()
		return s.Engine.Phase == connect.Connected && len(s.Also) == 1 && s.Also[0].Status.Phase == connect.Connected
	})
	const cloud = "opencode-workspace" // a name that opencode-cloud gives, so it cannot be the test's own
	if _, err := podman.Client.VolumeInspect(t.Context(), cloud); err == nil {
		t.Skip("the engine has a volume of opencode-cloud already")
	}
	if _, err := podman.Client.VolumeCreate(t.Context(), volume.CreateOptions{Name: cloud}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := podman.Client.VolumeRemove(context.WithoutCancel(t.Context()), cloud, true); err != nil {
			t.Error(err)
		}
	})
	sources, err := f.Sources(t.Context())
	if err != nil || !slices.ContainsFunc(sources, func(s engine.Source) bool {
		return s.ID == engine.SourceCloud+"@two" && s.Engine == "two" && strings.Contains(s.Where, cloud)
	}) {
		t.Errorf("found %+v, %v", sources, err)
	}
	refused := f.Import(engine.SourceCloud+"@two", "No Name")
	enginetest.Eventually(t, time.Minute, "the second engine to refuse an import", func() bool {
		for _, v := range f.Snapshot().Tasks {
			if v.ID == refused {
				return v.State == task.Failed && v.Subject == "No Name@two"
			}
		}
		return false
	})
}
