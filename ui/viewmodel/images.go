package viewmodel

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2/data/binding"

	"berth/engine"
	"berth/engine/connect"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/ui/i18n"
)

// ImageRow is one image as its table shows it.
type ImageRow struct {
	ID       string
	Engine   string // "" where there is only one
	Name     string // reference, or "‹no name›"
	Digest   string // shortened
	Size     string
	Age      string
	UsedBy   string // containers, or what it is kept for; "" for one that may go
	Note     string // "for new sandboxes", "leftover", "newer in the registry"
	Tone     Tone
	Pullable bool // it has a reference to ask a registry for
	bytes    int64
	created  time.Time
	value    engine.Image
}

// Bytes is its size, to sort by.
func (r ImageRow) Bytes() int64 { return r.bytes }

// Created is when it was made.
func (r ImageRow) Created() time.Time { return r.created }

// On is the further engine that it is on; "" for the first.
func (r ImageRow) On() string { return engineOf(r.ID) }

// Reference is its first name; "" when it has none.
func (r ImageRow) Reference() string {
	if len(r.value.References) == 0 {
		return ""
	}
	return named(r.value.References)[0]
}

// Images is the page of images.
type Images struct {
	app *App

	Revision binding.Item[uint64] // grows when Rows would answer something else
	Count    binding.String       // for the rail
	Trouble  binding.String       // why they could not be listed
	Leftover binding.String       // "2 leftovers, 860 MB", of all engines; "" when there is none
	Selected binding.String       // id of the chosen image
	Checking binding.Bool         // registries are being asked

	all     bool   // also images Berth has nothing to do with
	asked   uint64 // what the list was asked for: see imagesKey
	was     bool   // connected
	retryAt time.Time
	values  []engine.Image
	rows    []ImageRow
	newer   map[string]string // what the registry said, by id
}

// imagesPatience is how long after a list that failed the next one is asked for.
const imagesPatience = 5 * time.Second

func newImages(app *App) *Images {
	return &Images{
		app: app, Revision: newBound(same[uint64]), Count: newString(), Trouble: newString(),
		Leftover: newString(), Selected: newString(), Checking: newBool(), newer: map[string]string{},
	}
}

// Rows are the images that are shown. Nobody may change them.
func (i *Images) Rows() []ImageRow { return i.rows }

// ShowAll shows also the images that are not Berth's.
func (i *Images) ShowAll(all bool) {
	i.all = all
	i.show(i.app.Now())
}

func (i *Images) apply(s engine.Snapshot, now time.Time) {
	connected := s.Engine.Phase == connect.Connected && s.Listed
	if !connected {
		i.was = false
		return
	}
	key := i.key(s)
	failed := !i.retryAt.IsZero() && !now.Before(i.retryAt)
	if i.was && i.asked == key && !failed {
		i.show(now)
		return
	}
	i.was, i.asked, i.retryAt = true, key, time.Time{}
	i.List()
}

// key changes with what is known of the images: with the images themselves, with what containers are made of, and with
// what the settings make sandboxes of.
func (i *Images) key(s engine.Snapshot) uint64 {
	h := fnv.New64a()
	settings := i.app.engine.Settings()
	_, _ = fmt.Fprintln(h, s.Images, i.app.engine.ImageFor(settings), settings.Image.References) // a hash never fails
	for _, one := range s.Sandboxes {
		_, _ = io.WriteString(h, one.ContainerID+one.ImageID)
	}
	for _, one := range s.Others {
		_, _ = io.WriteString(h, one.ID)
	}
	for _, m := range s.Also {
		_, _ = io.WriteString(h, m.Name+string(m.Status.Phase))
	}
	return h.Sum64()
}

// List asks the engine for its images.
func (i *Images) List() {
	asked := i.asked
	i.app.Async(func(ctx context.Context) func() {
		all, err := i.app.engine.Images(ctx)
		return func() {
			if asked != i.asked {
				return
			}
			set(i.Trouble, "")
			if err != nil {
				set(i.Trouble, Cause(err))
				i.retryAt = i.app.Now().Add(imagesPatience)
				return
			}
			i.values = all
			i.show(i.app.Now())
		}
	})
}

func (i *Images) show(now time.Time) {
	var rows []ImageRow
	ours, left, bytes := 0, 0, int64(0)
	for _, v := range i.values {
		if v.Leftover {
			left++
			bytes += v.Size
		}
		if v.Ours {
			ours++
		}
		if v.Ours || i.all {
			rows = append(rows, i.row(v, now))
		}
	}
	count := ""
	if ours > 0 {
		count = strconv.Itoa(ours)
	}
	set(i.Count, count)
	words := ""
	if left > 0 {
		words = i18n.N("%[1]d leftovers, up to %[2]s", left, Size(bytes))
	}
	set(i.Leftover, words)
	if !slices.EqualFunc(rows, i.rows, func(a, b ImageRow) bool {
		return a.ID == b.ID && a.Engine == b.Engine && a.Name == b.Name && a.Age == b.Age && a.UsedBy == b.UsedBy && a.Note == b.Note && a.Size == b.Size
	}) {
		i.rows = rows
		grow(i.Revision)
	}
	chosen := get(i.Selected)
	if !slices.ContainsFunc(rows, func(r ImageRow) bool { return r.ID == chosen }) {
		chosen = ""
		if len(rows) > 0 {
			chosen = rows[0].ID
		}
		set(i.Selected, chosen)
	}
}

func (i *Images) row(v engine.Image, now time.Time) ImageRow {
	r := ImageRow{
		ID: v.ID, Engine: v.Engine, Name: strings.Join(named(v.References), ", "), Size: Size(v.Size), Age: Age(now.Sub(v.Created)),
		UsedBy: strings.Join(v.UsedBy, ", "), bytes: v.Size, created: v.Created, value: v, Pullable: v.Version == "" && len(v.References) > 0,
	}
	if r.UsedBy == "" && len(v.KeptFor) > 0 {
		r.UsedBy = i18n.T("kept for %s", strings.Join(v.KeptFor, ", "))
	}
	if r.Name == "" {
		r.Name = i18n.T("no name")
	}
	r.Digest = shortDigest(or(v.Digest, v.ID))
	switch {
	case i.newer[v.ID] != "":
		r.Note, r.Tone = i.newer[v.ID], Caution
	case v.Leftover:
		r.Note = i18n.T("leftover")
	case v.Wanted:
		r.Note, r.Tone = i18n.T("for new sandboxes"), Good
	}
	return r
}

func shortDigest(d string) string {
	d = strings.TrimPrefix(d, "sha256:")
	return d[:min(12, len(d))]
}

// find is the image of an id.
func (i *Images) find(id string) (engine.Image, bool) {
	for _, v := range i.values {
		if v.ID == id {
			return v, true
		}
	}
	return engine.Image{}, false
}

// Kept reports whether an image is kept for a sandbox, and for no container alone.
func (r ImageRow) Kept() bool { return len(r.value.UsedBy) == 0 && len(r.value.KeptFor) > 0 }

// KeptFor are the sandboxes that it is kept for, as words.
func (r ImageRow) KeptFor() string { return strings.Join(r.value.KeptFor, ", ") }

// Details are all facts of an image.
func (i *Images) Details(id string) []Fact {
	v, ok := i.find(id)
	if !ok {
		return nil
	}
	facts := []Fact{
		{Label: i18n.T("References"), Value: or(strings.Join(v.References, ", "), i18n.T("none")), Mono: true},
		{Label: i18n.T("Identifier"), Value: ownName(v.ID), Mono: true},
		{Label: i18n.T("Digest"), Value: or(v.Digest, i18n.T("none: built on this engine")), Mono: v.Digest != ""},
		{Label: i18n.T("Size"), Value: Size(v.Size)},
		{Label: i18n.T("Created"), Value: when(v.Created, i.app.Now())},
		{Label: i18n.T("Used by"), Value: or(strings.Join(v.UsedBy, ", "), i18n.T("nothing")), Mono: len(v.UsedBy) > 0},
	}
	if len(v.KeptFor) > 0 {
		facts = append(facts, Fact{Label: i18n.T("Kept for"), Value: strings.Join(v.KeptFor, ", "), Mono: true})
	}
	if v.Engine != "" {
		facts = append(facts, Fact{Label: i18n.T("Engine"), Value: v.Engine})
	}
	return facts
}

// Build builds the pinned image on a further engine, or on the first, ""; fresh takes nothing from the cache.
func (i *Images) Build(on string, fresh bool) task.ID { return i.app.engine.BuildImageOn(on, fresh) }

// Pull pulls a reference to a further engine, or to the first.
func (i *Images) Pull(on, reference string) task.ID {
	return i.app.engine.PullImageOn(on, reference)
}

// Remove takes an image off the engine.
func (i *Images) Remove(id string) task.ID {
	v, ok := i.find(id)
	if !ok {
		return 0
	}
	return i.app.engine.RemoveImage(v)
}

// Clean removes the leftovers.
func (i *Images) Clean() task.ID { return i.app.engine.CleanImages() }

// Check asks the registry of an image for a newer one.
func (i *Images) Check(id string) {
	v, ok := i.find(id)
	if !ok || len(v.References) == 0 {
		return
	}
	set(i.Checking, true)
	ref := named(v.References)[0]
	i.app.Async(func(ctx context.Context) func() {
		newer, err := i.app.engine.NewerOn(ctx, engineOf(id), ref)
		return func() {
			set(i.Checking, false)
			delete(i.newer, id)
			switch {
			case err != nil:
				i.app.Say(i18n.T("The registry could not be asked for %[1]s: %[2]s", ref, Cause(err)))
			case newer:
				i.newer[id] = i18n.T("newer in the registry")
				i.app.Say(i18n.T("The registry has a newer %s. Pull it to get it.", ref))
			default:
				i.app.Say(i18n.T("%s is the newest.", ref))
			}
			i.show(i.app.Now())
		}
	})
}

// named are the references that a person knows an image by: those under which it is kept for sandboxes only where it has no other.
func named(references []string) []string {
	own := slices.DeleteFunc(slices.Clone(references), func(ref string) bool { return strings.Contains(ref, sandbox.KeptImages+":") })
	if len(own) == 0 {
		return references
	}
	return own
}
