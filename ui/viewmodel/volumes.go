package viewmodel

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2/data/binding"

	"berth/engine"
	"berth/engine/agent"
	"berth/engine/connect"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/ui/i18n"
)

// VolumeRow is one volume as its table shows it.
type VolumeRow struct {
	Name    string
	Sandbox string
	Role    string // in words
	Size    string // "1.2 GB"; "" when it was never measured
	Files   string
	Counted string // when that was counted: "3 min ago", "not measured"
	UsedBy  string
	Backup  string // age of the last one
	Note    string // what is unusual about it; "" for most
	Tone    Tone   // of its sandbox
	Orphan  bool   // its sandbox has no container
	Point   string // the rollback point it belongs to; "" for one in use
	value   engine.Volume
}

// Bytes is its size, to sort by; -1 when it was never measured.
func (r VolumeRow) Bytes() int64 {
	if r.value.Measured.IsZero() {
		return -1
	}
	return r.value.Size
}

// CountedAt is when it was measured, to sort by.
func (r VolumeRow) CountedAt() time.Time { return r.value.Measured }

// Measured is its size and when it was that, where there is one line for both: "1.2 GB · 3 min ago", "not measured".
func (r VolumeRow) Measured() string { return joined(r.Size, r.Counted) }

// Use is what it is for: what is unusual about it, and the containers that mount it.
func (r VolumeRow) Use() string {
	switch {
	case r.Note == "":
		return r.UsedBy
	case r.UsedBy == "":
		return r.Note
	}
	return r.Note + ", " + r.UsedBy
}

// Count is how many files it holds, to sort by.
func (r VolumeRow) Count() int64 { return r.value.Files }

// BackedUp is when its sandbox was backed up last, to sort by.
func (r VolumeRow) BackedUp() time.Time { return r.value.LastBackup }

// Was is what its sandbox was when its container was removed; nil where that is not known, or it has one.
func (r VolumeRow) Was() *sandbox.Spec { return r.value.Was }

// Place is its role, to be browsed.
func (r VolumeRow) Place() agent.Role { return r.value.Role }

// Volumes is the page of volumes.
type Volumes struct {
	app *App

	Revision binding.Item[uint64] // grows when Rows would answer something else
	Count    binding.String       // for the rail
	Trouble  binding.String       // why they could not be listed
	Summary  binding.String       // "3 volumes hold 1.2 GB"
	Selected binding.String       // name of the chosen volume
	Empty    binding.Bool         // the engine has none of Berth's
	Points   binding.Bool         // those of rollback points are shown too

	asked    uint64          // what the list was asked for: see key
	was      bool            // connected
	listed   bool            // there was an answer since then
	counted  map[string]bool // volumes that were measured because somebody looked, whatever came of it
	retryAt  time.Time
	values   []engine.Volume
	rows     []VolumeRow
	revision uint64 // grows with every answer, for whoever shows a part of it
}

// volumesPatience is how long after a list that failed the next one is asked for.
const volumesPatience = 5 * time.Second

func newVolumes(app *App) *Volumes {
	return &Volumes{
		app: app, Revision: newBound(same[uint64]), Count: newString(), Trouble: newString(), Summary: newString(),
		Selected: newString(), Empty: newBool(), Points: newBool(), counted: map[string]bool{},
	}
}

// Rows are the volumes that are shown. Nobody may change them.
func (v *Volumes) Rows() []VolumeRow { return v.rows }

// ShowPoints shows also the volumes of rollback points.
func (v *Volumes) ShowPoints(show bool) {
	set(v.Points, show)
	v.show(v.app.Now())
}

// Find is the row of a volume.
func (v *Volumes) Find(name string) (VolumeRow, bool) {
	for _, r := range v.rows {
		if r.Name == name {
			return r, true
		}
	}
	return VolumeRow{}, false
}

func (v *Volumes) apply(s engine.Snapshot, now time.Time) {
	if s.Engine.Phase != connect.Connected || !s.Listed {
		v.was, v.listed = false, false
		return
	}
	key := v.key(s)
	failed := !v.retryAt.IsZero() && !now.Before(v.retryAt)
	if v.was && v.asked == key && !failed {
		v.show(now)
		v.measureOnce()
		return
	}
	v.was, v.asked, v.retryAt = true, key, time.Time{}
	v.list()
}

// key changes with what is known of volumes, and with the containers that use them.
func (v *Volumes) key(s engine.Snapshot) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintln(h, s.Volumes, v.app.Settings.Value().Backup.Dir()) // a hash never fails
	for _, one := range s.Sandboxes {
		_, _ = io.WriteString(h, one.Name+" "+one.ContainerID)
	}
	for _, one := range s.Others {
		_, _ = io.WriteString(h, one.ID)
	}
	return h.Sum64()
}

// list asks the engine for its volumes.
func (v *Volumes) list() {
	asked := v.asked
	v.app.Async(func(ctx context.Context) func() {
		all, err := v.app.engine.Volumes(ctx)
		return func() {
			if asked != v.asked || !v.was {
				return
			}
			set(v.Trouble, "")
			if err != nil {
				set(v.Trouble, Cause(err))
				v.retryAt = v.app.Now().Add(volumesPatience)
				return
			}
			v.values, v.listed = all, true
			v.revision++
			v.show(v.app.Now())
			v.measureOnce()
			v.app.Kept.apply(v.app.snapshot, v.app.Now())
		}
	})
}

// measureOnce counts what the volumes hold when the page is looked at and something was never counted. What cannot be counted
// is not tried at each look.
func (v *Volumes) measureOnce() {
	if !v.listed || get(v.app.Page) != VolumesPage {
		return
	}
	fresh := false
	for _, one := range v.values {
		if one.Measured.IsZero() && !v.counted[one.Name] {
			fresh, v.counted[one.Name] = true, true
		}
	}
	if fresh {
		v.Measure()
	}
}

// Measure counts what the volumes hold.
func (v *Volumes) Measure() task.ID { return v.app.engine.Measure() }

func (v *Volumes) show(now time.Time) {
	var rows []VolumeRow
	count, bytes, measured := 0, int64(0), true
	for _, one := range v.values {
		if one.Point == "" {
			count++
		} else if !get(v.Points) {
			continue
		}
		bytes += one.Size
		measured = measured && !one.Measured.IsZero()
		rows = append(rows, v.row(one, now))
	}
	set(v.Empty, v.listed && len(v.values) == 0)
	text, summary := "", ""
	if count > 0 {
		text = strconv.Itoa(count)
	}
	switch {
	case len(rows) > 0 && measured:
		summary = i18n.N("%[1]d volumes hold %[2]s", len(rows), Size(bytes))
	case len(rows) > 0:
		summary = i18n.N("%[1]d volumes", len(rows))
	}
	set(v.Count, text)
	set(v.Summary, summary)
	if !slices.EqualFunc(rows, v.rows, VolumeRow.equal) {
		v.rows = rows
		grow(v.Revision)
	}
	if _, ok := v.Find(get(v.Selected)); !ok {
		chosen := ""
		if len(rows) > 0 {
			chosen = rows[0].Name
		}
		set(v.Selected, chosen)
	}
}

func (r VolumeRow) equal(o VolumeRow) bool {
	return r.Name == o.Name && r.Size == o.Size && r.Files == o.Files && r.Counted == o.Counted && r.UsedBy == o.UsedBy && r.Backup == o.Backup && r.Note == o.Note &&
		r.Tone == o.Tone && r.Point == o.Point && r.Orphan == o.Orphan && reflect.DeepEqual(r.Was(), o.Was()) && r.value.LastBackup.Equal(o.value.LastBackup)
}

// row shows a volume.
func (v *Volumes) row(one engine.Volume, now time.Time) VolumeRow {
	r := VolumeRow{
		Name: one.Name, Sandbox: one.Sandbox, Role: RoleWords(one.Role), UsedBy: strings.Join(one.UsedBy, ", "), Backup: i18n.T("none"),
		Point: one.Point, Orphan: one.Orphan, value: one,
	}
	r.Size, r.Files, r.Counted = measuredWords(one, now)
	if !one.LastBackup.IsZero() {
		r.Backup = i18n.T("%s ago", Age(now.Sub(one.LastBackup)))
	}
	switch {
	case one.Point != "":
		r.Note = i18n.T("rollback point")
	case one.Orphan:
		r.Note, r.Tone = i18n.T("its sandbox is gone"), Caution
	}
	if i := slices.IndexFunc(v.app.snapshot.Sandboxes, func(s engine.Sandbox) bool { return s.Name == one.Sandbox }); i >= 0 && one.Point == "" {
		_, r.Tone = StateWords(v.app.snapshot.Sandboxes[i], now)
	}
	return r
}

// measuredWords is how much a volume holds, and when that was counted: a size that is not of now says so.
func measuredWords(one engine.Volume, now time.Time) (size, files, counted string) {
	if one.Measured.IsZero() {
		return "", "", i18n.T("not measured")
	}
	return Size(one.Size), Thousands(int(one.Files)), i18n.T("%s ago", Age(now.Sub(one.Measured)))
}

// leftover reports whether there are volumes of a sandbox of that name that has no container.
func (v *Volumes) leftover(name string) bool {
	return slices.ContainsFunc(v.values, func(one engine.Volume) bool { return one.Sandbox == name && one.Orphan && one.Point == "" })
}

// SomeGone reports whether there are data of a sandbox that has no container.
func (v *Volumes) SomeGone() bool {
	return slices.ContainsFunc(v.values, func(one engine.Volume) bool { return one.Orphan && one.Point == "" })
}

// NameTrouble says why a new sandbox cannot have that name; "" when it can.
func (a *App) NameTrouble(name string) string {
	key := strings.TrimSpace(name)
	name = ownName(key)
	switch {
	case name == "":
		return i18n.T("A sandbox needs a name.")
	case len(name) > 40:
		return i18n.T("This name is too long: at most 40 letters.")
	case sandbox.ValidName(name) != nil, strings.Contains(key, "@") && !a.hasMember(engineOf(key)):
		return i18n.T("Use small letters, digits and dashes in between.")
	case a.Sandboxes.Exists(key):
		return i18n.T("There is a sandbox of that name already.")
	}
	return ""
}

// FreshNameTrouble is NameTrouble for a sandbox whose volumes are filled: none of its volumes may be there.
func (a *App) FreshNameTrouble(name string) string {
	if why := a.NameTrouble(name); why != "" {
		return why
	}
	if a.Volumes.leftover(strings.TrimSpace(name)) {
		return i18n.T("There are volumes of that name already, of a sandbox that is gone.")
	}
	return ""
}

// FreeName is a name like another one that nobody has on the engine of that one.
func (a *App) FreeName(like string) string {
	on := engineOf(like)
	like = ownName(like)
	like = strings.TrimRight(like[:min(len(like), 36)], "-")
	for n := 2; ; n++ {
		if name := like + "-" + strconv.Itoa(n); a.FreshNameTrouble(qualified(name, on)) == "" {
			return name
		}
	}
}
