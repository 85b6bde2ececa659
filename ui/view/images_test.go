package view

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"berth/engine"
	"berth/engine/agent"
	"berth/engine/sandbox"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

var someImages = []engine.Image{
	{ID: "sha256:1111111111111111", References: []string{"berth/opencode:1.18.33"}, Size: 430e6, Created: now.Add(-time.Hour), Version: "1.18.33", UsedBy: []string{"berth-default"}, Ours: true, Wanted: true},
	{ID: "sha256:2222222222222222", References: []string{"berth/opencode:1.17.9"}, Size: 410e6, Created: now.Add(-900 * time.Hour), Version: "1.17.9", Ours: true, Leftover: true},
	{ID: "sha256:3333333333333333", References: []string{"ghcr.io/anomalyco/opencode:1.18.33"}, Digest: "sha256:abcdef0123456789", Size: 520e6, Created: now.Add(-50 * time.Hour), Ours: true},
	{ID: "sha256:4444444444444444", References: []string{"debian:bookworm-slim"}, Size: 75e6, Created: now.Add(-1900 * time.Hour)},
}

func TestImagesCanBeSeenCheckedAndCleanedUp(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := open(t, mode, 1280, 800)
		s.engine.Listed = someImages
		s.vm.Apply(uitest.Connected(healthy("default")), now)
		s.press(fyne.Key2)
		page := s.images.content
		wantTexts(t, page, "berth/opencode:1.18.33", "for new sandboxes", "leftover", "430 MB", "berth-default", "1 leftover, up to 410 MB")
		s.keep(t, "images-"+string(mode))
		if got := len(s.vm.Images.Rows()); got != 3 {
			t.Errorf("%d images are Berth's", got)
		}
		test.Tap(visible(t, page, "All images"))
		if got := len(s.vm.Images.Rows()); got != 4 {
			t.Errorf("%d images in all", got)
		}
		s.images.filter.SetText("ghcr")
		s.vm.Images.Check("sha256:3333333333333333")
		wantTexts(t, s.Content, "newer in the registry", "The registry has a newer ghcr.io/anomalyco/opencode:1.18.33")
		s.engine.NewerErr = errors.New("unauthorized")
		s.vm.Images.Check("sha256:3333333333333333")
		wantTexts(t, s.Content, "could not be asked for ghcr.io/anomalyco/opencode:1.18.33: unauthorized")
		s.images.askRemove("sha256:1111111111111111")
		wantTexts(t, s.Content, "is used by berth-default")
		s.images.askRemove("sha256:2222222222222222")
		wantTexts(t, dialogOf(t, s), "Remove this image?")
		s.keep(t, "images-remove-"+string(mode))
		test.Tap(visible(t, dialogOf(t, s), "Remove"))
		test.Tap(visible(t, page, "Clean up"))
		test.Tap(visible(t, dialogOf(t, s), "Clean up"))
		s.images.details("sha256:3333333333333333")
		wantTexts(t, dialogOf(t, s), "sha256:abcdef0123456789")
		s.keep(t, "images-details-"+string(mode))
		s.escape()
		n := len(s.engine.Told)
		if got := s.engine.Told[n-2:]; got[0] != "remove image sha256:2222222222222222" || got[1] != "clean" {
			t.Errorf("told %q", got)
		}
	}
}

// imagesOfTwo are images of two engines, one of them on both.
func imagesOfTwo() []engine.Image {
	var all []engine.Image
	for _, i := range someImages[:3] {
		i.Engine = "default"
		all = append(all, i)
	}
	far := someImages[1]
	far.ID, far.Engine = far.ID+"@lab", "lab"
	return append(all, far)
}

func TestImagesOfSeveralEnginesAreListedAndEachActionGoesToItsOwn(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := open(t, mode, 1280, 800)
		s.engine.Listed = imagesOfTwo()
		shown := func() bool { return !slices.Contains(s.images.table.HiddenColumns(), engineColumn) }
		one := uitest.Connected(healthy("default"))
		s.vm.Apply(one, now)
		if shown() {
			t.Error("the engine is a column where there is only one")
		}
		two := one
		two.Also = []engine.Member{{Name: "lab", Status: one.Engine}}
		s.vm.Apply(two, now)
		s.press(fyne.Key2)
		page := s.images.content
		wantTexts(t, page, "Engine", "lab", "2 leftovers, up to 820 MB")
		if !shown() {
			t.Error("nothing says on which engine an image is")
		}
		s.keep(t, "images-engines-"+string(mode))

		far := "sha256:2222222222222222@lab"
		s.images.table.Select(far)
		s.images.table.OnSelect(far)
		s.images.rune(far, 'b')
		s.images.askRemove(far)
		wantTexts(t, dialogOf(t, s), "berth/opencode:1.17.9 · lab")
		test.Tap(visible(t, dialogOf(t, s), "Remove"))
		s.images.rune(far, 'p')
		wantTexts(t, dialogOf(t, s), "Pull an image · lab")
		s.window.Canvas().Focused().(*widget.Entry).SetText("x/y:1")
		test.Tap(visible(t, dialogOf(t, s), "Pull"))
		s.images.details(far)
		wantTexts(t, dialogOf(t, s), "sha256:2222222222222222", "lab")
		if strings.Contains(texts(dialogOf(t, s)), "@") {
			t.Error("an identifier is shown that the engine does not know")
		}
		s.escape()
		test.Tap(visible(t, page, "Build"))
		wantMenu(t, s, "Build · default", "Build · lab", "Rebuild without the cache · lab")
		s.window.Canvas().Overlays().Remove(s.window.Canvas().Overlays().Top())
		near := "sha256:2222222222222222"
		s.images.table.Select(near)
		s.images.table.OnSelect(near)
		s.images.rune(near, 'b')
		got := strings.Join(told(s)[len(told(s))-4:], ", ")
		if want := "build fresh=false on lab, remove image " + far + ", pull x/y:1 on lab, build fresh=false"; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	}
}

func TestDetailsAndSessionsAreShownAndCopied(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := open(t, mode, 1280, 800)
		s.engine.Detailed = engine.Details{
			ContainerID: "0123456789abcdef0123456789abcdef", ContainerName: "berth-default", Image: "berth/opencode:1.18.33", ImageID: "sha256:1111", ImageSize: 430e6,
			User: "1000:1000", Command: []string{"opencode", "serve"}, Created: now.Add(-time.Hour), StartedAt: now.Add(-time.Hour), Memory: 4 << 30, PIDs: 1024,
			Mounts: []engine.Mount{{Role: agent.Session, Kind: "volume", Source: "opencode-session", Target: "/home/opencode/.local"}},
			Env:    []string{"HOME=/home/opencode"}, CapDrop: []string{"ALL"}, DockerText: "docker run x",
			Sessions: []agent.Conversation{{ID: "1", Title: "Mend the login", Directory: "/workspace/portal", Updated: now.Add(-time.Minute)}},
		}
		one := healthy("default")
		one.ContainerID = "0123"
		one.History = []engine.Moment{{At: now.Add(-2 * time.Hour), State: sandbox.Exited, Detail: "137: out of memory"}, {At: now.Add(-time.Hour), State: sandbox.Healthy}}
		s.vm.Apply(uitest.Connected(one), now)
		s.press(fyne.Key2, fyne.KeyModifierShift)
		wantTexts(t, s.Content, "berth-default", "0123456789abcdef0123456789abcdef", "opencode-session → /home/opencode/.local", "Exited 137: out of memory", "1 session")
		s.keep(t, "details-"+string(mode))
		for _, b := range all[*widget.Button](s.sandboxes.detail.content) {
			if b.Text() == "Copy as docker command" {
				test.Tap(b)
			}
		}
		if s.copied != "docker run x" {
			t.Errorf("copied %q", s.copied)
		}
		s.press(fyne.Key3, fyne.KeyModifierShift)
		wantTexts(t, s.Content, "Mend the login", "/workspace/portal")
		s.keep(t, "sessions-"+string(mode))
	}
}

func TestAllContainersAreShownReadOnly(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	snap := uitest.Connected(healthy("default"))
	snap.Others = []engine.Container{{ID: "1", Name: "postgres", Image: "postgres:17", Status: "running", Address: "127.0.0.1:5432", Created: now.Add(-time.Hour)}}
	s.vm.Apply(snap, now)
	test.Tap(visible(t, s.Content, "All containers"))
	wantTexts(t, s.Content, "postgres", "Running", "127.0.0.1:5432")
	s.window.Canvas().Focus(s.sandboxes.table)
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	s.keep(t, "all-containers")
	told := len(s.engine.Told)
	for _, key := range "stre" {
		s.window.Canvas().Focused().TypedRune(key)
	}
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDelete})
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	for _, x := range s.engine.Told[told:] {
		if x[:4] != "look" {
			t.Errorf("something was done to it: %q", x)
		}
	}
	if len(s.opened) > 0 || s.window.Canvas().Overlays().Top() != nil {
		t.Error("a container that is no sandbox was opened")
	}
	if !s.engine.Saved.Window.Table.All {
		t.Error("the switch is not remembered")
	}
	s.sandboxes.table.SortBy("memory")
	s.sandboxes.table.HideColumns([]string{"age"})
	if got := s.engine.Saved.Window.Table.Sort; got != "memory" {
		t.Errorf("sorted by %q", got)
	}
	if page, _ := s.vm.Page.Get(); page != viewmodel.SandboxesPage {
		t.Error("the page changed")
	}
}
