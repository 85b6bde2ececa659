package viewmodel

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2/data/binding"

	"berth/engine"
	"berth/engine/agent"
	"berth/engine/fault"
	"berth/ui/i18n"
)

// Fact is one line of the details: a name and a value that can be copied.
type Fact struct {
	Label, Value string
	Mono         bool // the value is an id, a path or the like
	Tone         Tone // Neutral for most
}

// Group is some facts under a heading.
type Group struct {
	Title string
	Facts []Fact
}

// SessionRow is one of opencode's conversations as its list shows it.
type SessionRow struct{ ID, Title, Directory, Active string }

// Facts are the details of the chosen sandbox, read when somebody looks at them.
type Facts struct {
	app *App

	Revision binding.Item[uint64] // grows when the answers below changed
	Trouble  binding.String       // why they could not be read
	Sessions binding.String       // "6 sessions"; "" while unknown

	watched  bool      // somebody looks at the details
	of       string    // the sandbox and container that the answers below are of
	asked    string    // what was asked for last: sandbox, container and state
	askedAt  time.Time // and when
	value    engine.Details
	groups   []Group
	sessions []SessionRow
	note     string // why there are no sessions to show
}

// factsAge is how old the details may become while somebody looks at them: opencode tells nobody of a new session.
const factsAge = 30 * time.Second

func newFacts(app *App) *Facts {
	return &Facts{app: app, Revision: newBound(same[uint64]), Trouble: newString(), Sessions: newString()}
}

// Watch tells whether somebody looks at the details: they are read anew then, and now and again while that lasts.
func (f *Facts) Watch(watched bool) {
	if watched && !f.watched {
		f.asked = ""
	}
	f.watched = watched
	f.apply(f.app.snapshot, f.app.Now())
}

// Groups are the details by heading.
func (f *Facts) Groups() []Group { return f.groups }

// List are opencode's sessions, the last active first; the note says why there is none.
func (f *Facts) List() (rows []SessionRow, note string) { return f.sessions, f.note }

// DockerText is the docker commands that make the same container.
func (f *Facts) DockerText() string { return f.value.DockerText }

func (f *Facts) apply(s engine.Snapshot, now time.Time) {
	name := get(f.app.Sandboxes.Selected)
	for _, one := range s.Sandboxes {
		if one.Name == name {
			f.turn(one.Name + " " + one.ContainerID)
			f.ask(one, now)
			return
		}
	}
	f.turn("")
}

// turn forgets the answers when they are of another sandbox, so that they never stand under the name of this one.
func (f *Facts) turn(of string) {
	if of == f.of {
		return
	}
	f.of, f.asked, f.value, f.groups, f.sessions, f.note = of, "", engine.Details{}, nil, nil, ""
	set(f.Sessions, "")
	set(f.Trouble, "")
	grow(f.Revision)
}

// ask reads the details of a sandbox when they are others than at the last time, or may be. The number of sessions is
// shown beside the name, so somebody always looks while the window can be seen.
func (f *Facts) ask(one engine.Sandbox, now time.Time) {
	key := fmt.Sprint(one.Name, one.ContainerID, one.State, one.Since)
	looking := f.watched && get(f.app.Page) == SandboxesPage
	fresh := key == f.asked && (!looking || now.Sub(f.askedAt) < factsAge)
	switch {
	case fresh && looking && f.value.ContainerID != "":
		f.show(f.value, one, now) // its ages grow
		return
	case fresh, !looking && !f.app.visible:
		return
	}
	f.asked, f.askedAt = key, now
	f.app.Async(func(ctx context.Context) func() {
		d, err := f.app.engine.Details(ctx, one.Name)
		return func() {
			if f.asked != key {
				return // another sandbox was chosen, or it changed
			}
			set(f.Trouble, "")
			if err != nil {
				set(f.Trouble, Cause(err))
			}
			f.show(d, one, f.app.Now())
		}
	})
}

func (f *Facts) show(d engine.Details, one engine.Sandbox, now time.Time) {
	groups, sessions, note := groupsOf(d, one, now), sessionRows(d.Sessions, now), ""
	switch {
	case errors.Is(d.SessionsErr, fault.NotRunning):
		note = i18n.T("Sessions are read while the sandbox runs.")
	case d.SessionsErr != nil:
		note = i18n.T("The sessions could not be read: %s", Cause(d.SessionsErr))
	case len(sessions) == 0:
		note = i18n.T("No session yet. Press Open to begin one.")
	}
	f.value = d
	if reflect.DeepEqual(groups, f.groups) && slices.Equal(sessions, f.sessions) && note == f.note {
		return
	}
	f.groups, f.sessions, f.note = groups, sessions, note
	words := ""
	if d.SessionsErr == nil {
		words = i18n.N("%d sessions", len(sessions))
	}
	set(f.Sessions, words)
	grow(f.Revision)
}

func sessionRows(all []agent.Conversation, now time.Time) []SessionRow {
	rows := make([]SessionRow, len(all))
	for i, s := range all {
		rows[i] = SessionRow{ID: s.ID, Title: oneLine(s.Title), Directory: s.Directory, Active: Clock(s.Updated, now)}
	}
	return rows
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// groupsOf puts the details in words.
func groupsOf(d engine.Details, one engine.Sandbox, now time.Time) []Group {
	if d.ContainerID == "" {
		return nil
	}
	digest := d.Digest
	if digest == "" {
		digest = i18n.T("none: built on this engine")
	}
	container := []Fact{
		{Label: i18n.T("Name"), Value: d.ContainerName, Mono: true},
		{Label: i18n.T("Identifier"), Value: d.ContainerID, Mono: true},
		{Label: i18n.T("Created"), Value: when(d.Created, now)},
		{Label: i18n.T("Started"), Value: when(d.StartedAt, now)},
		{Label: i18n.T("Command"), Value: strings.Join(d.Command, " "), Mono: true},
		{Label: i18n.T("User"), Value: d.User, Mono: true},
		{Label: i18n.T("Restarts"), Value: fmt.Sprint(d.Restarts)},
	}
	if !d.FinishedAt.IsZero() {
		container = append(container, Fact{Label: i18n.T("Last exit"), Value: i18n.T("%[1]d, %[2]s", d.ExitCode, when(d.FinishedAt, now))})
	}
	groups := []Group{
		{i18n.T("Container"), container},
		{i18n.T("Image"), []Fact{
			{Label: i18n.T("Reference"), Value: d.Image, Mono: true},
			{Label: i18n.T("Identifier"), Value: d.ImageID, Mono: true},
			{Label: i18n.T("Digest"), Value: digest, Mono: d.Digest != ""},
			{Label: i18n.T("Size"), Value: Size(d.ImageSize)},
		}},
		{i18n.T("Addresses"), []Fact{
			{Label: i18n.T("opencode"), Value: or(one.Address, i18n.T("not published")), Mono: one.Address != ""},
			{Label: i18n.T("Published"), Value: or(strings.Join(d.Published, ", "), i18n.T("nothing")), Mono: true},
			{Label: i18n.T("Network"), Value: strings.TrimSpace(d.Network + "  " + d.IP), Mono: true},
		}},
		{i18n.T("Limits and security"), limits(d)},
		{i18n.T("Mounts"), mounts(d)},
		{i18n.T("Environment"), environment(d)},
	}
	var history []Fact
	for i := len(one.History) - 1; i >= 0; i-- {
		m := one.History[i]
		words, tone := StateWords(engine.Sandbox{State: m.State, Detail: m.Detail, Since: now}, now)
		history = append(history, Fact{Label: Clock(m.At, now), Value: stateAlone(words), Tone: tone})
	}
	return append(groups, Group{i18n.T("States since Berth looks"), history})
}

// stateAlone leaves out how long a state lasts by now, which a history does not tell.
func stateAlone(words string) string {
	word, _, _ := strings.Cut(words, " · ")
	return word
}

func limits(d engine.Details) []Fact {
	yes := func(b bool) string {
		if b {
			return i18n.T("yes")
		}
		return i18n.T("no")
	}
	cpus := i18n.T("all")
	if d.CPUs > 0 {
		cpus = fmt.Sprint(d.CPUs)
	}
	return []Fact{
		{Label: i18n.T("Memory"), Value: Memory(d.Memory)},
		{Label: i18n.T("CPUs"), Value: cpus},
		{Label: i18n.T("Processes"), Value: fmt.Sprint(d.PIDs)},
		{Label: i18n.T("Restart"), Value: RestartWords(d.Restart)},
		{Label: i18n.T("Read-only root"), Value: yes(d.ReadOnly)},
		{Label: i18n.T("Rights dropped"), Value: or(strings.Join(d.CapDrop, ", "), i18n.T("none")), Mono: true},
		{Label: i18n.T("Rights added"), Value: or(strings.Join(d.CapAdd, ", "), i18n.T("none")), Mono: true},
		{Label: i18n.T("Security"), Value: or(strings.Join(d.Security, ", "), i18n.T("none")), Mono: true},
	}
}

func mounts(d engine.Details) []Fact {
	var facts []Fact
	for _, m := range d.Mounts {
		label := RoleWords(m.Role)
		if m.Role == "" {
			label = i18n.T("Extra mount")
		}
		value := m.Source + " → " + m.Target
		if m.ReadOnly {
			value += " · " + i18n.T("read-only")
		}
		facts = append(facts, Fact{Label: label, Value: value, Mono: true})
	}
	return facts
}

func environment(d engine.Details) []Fact {
	var facts []Fact
	for _, kv := range d.Env {
		name, value, _ := strings.Cut(kv, "=")
		facts = append(facts, Fact{Label: name, Value: value, Mono: true})
	}
	return facts
}

// RoleWords is a role as people read it.
func RoleWords(r agent.Role) string {
	switch r {
	case agent.Session:
		return i18n.T("Sessions")
	case agent.Projects:
		return i18n.T("Projects")
	case agent.Config:
		return i18n.T("Settings")
	}
	return string(r)
}

// RestartWords is a restart policy as people read it.
func RestartWords(policy string) string {
	switch policy {
	case "", "unless-stopped":
		return i18n.T("Unless stopped")
	case "no":
		return i18n.T("Never")
	case "on-failure":
		return i18n.T("After a failure")
	case "always":
		return i18n.T("Always")
	}
	return policy
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// when is a moment with how long ago it was.
func when(at, now time.Time) string {
	if at.IsZero() {
		return i18n.T("never")
	}
	return i18n.T("%[1]s, %[2]s ago", at.Local().Format("2006-01-02 15:04:05"), Age(now.Sub(at)))
}
