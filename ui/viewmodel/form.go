package viewmodel

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/ui/i18n"
)

// Field is one field of the form of a sandbox.
type Field string

// The fields, named as a spec's JSON names what they set.
const (
	NameField     Field = "name"
	ImageField    Field = "image"
	ProjectsField Field = "projects"
	PortField     Field = "port"
	ReachField    Field = "bindIP"
	MemoryField   Field = "memory"
	CPUsField     Field = "cpus"
	RestartField  Field = "restart"
	HardenedField Field = "hardened"
	EnvField      Field = "env"
	MountsField   Field = "mounts"
)

// Fields are all fields, in the order they are shown.
var Fields = []Field{NameField, ImageField, ProjectsField, PortField, ReachField, MemoryField, CPUsField, RestartField, HardenedField, EnvField, MountsField}

// Finding is what there is to say of a field.
type Finding struct {
	Text string
	Bad  bool // nothing is done while it stands; else it is a warning that has to be confirmed
}

// everywhere is the address on which a port is reached by other computers.
const everywhere = "0.0.0.0"

// Form is the form that makes or changes a sandbox: texts as they are typed, what is wrong with them, and the spec they
// come to. It holds no bindings; whoever shows it asks again after each change.
type Form struct {
	Edits bool // it changes a sandbox rather than making one
	Again bool // it makes one of volumes that are left, so its name and engine are theirs

	before   sandbox.Spec
	app      *App
	values   map[Field]string
	first    map[Field]string // the texts it began with
	settings config.Settings
	engine   string // the further one that it is on; "" for the first
	image    string // what the settings make sandboxes of
	seen     sights
}

// newForm makes the form of a spec.
func (a *App) newForm(spec sandbox.Spec, edits bool) *Form {
	f := &Form{
		Edits: edits, before: spec, app: a, values: map[Field]string{}, first: map[Field]string{}, settings: a.Settings.Value(),
		image: a.imageFor(), seen: newSights(),
	}
	for _, field := range Fields {
		f.values[field] = f.textOf(field, spec)
		f.first[field] = f.values[field]
	}
	return f
}

// NewForm is the form of a sandbox that does not exist, with the defaults in it.
func (a *App) NewForm() *Form {
	s := a.Settings.Value()
	return a.newForm(sandbox.Spec{
		Name: freeName(a.snapshot, ""), Image: a.imageFor(), Port: freePort(a.snapshot, s.Sandbox.Port, "", ""), Memory: s.Sandbox.MemoryBytes(),
		CPUs: s.Sandbox.CPUs, Hardened: s.Sandbox.Hardened, Restart: s.Sandbox.Restart,
	}, false)
}

// AgainForm is the form of a sandbox whose container was removed, with what it was in it; with the defaults where that is not known.
func (a *App) AgainForm(name string, was *sandbox.Spec) *Form {
	f := a.NewForm()
	if was != nil {
		f = a.newForm(*was, false)
	}
	f.Set(NameField, ownName(name))
	f.engine, f.Again = engineOf(name), true
	return f
}

// imageFor is what the settings make sandboxes of; "" while no engine has said for which processor its image has to be.
func (a *App) imageFor() string {
	ref := a.engine.ImageFor(a.Settings.Value())
	if strings.HasSuffix(ref, ":") {
		return ""
	}
	return ref
}

// EditForm is the form that changes a sandbox; false when there is none of that name.
func (a *App) EditForm(name string) (*Form, bool) {
	for _, s := range a.snapshot.Sandboxes {
		if s.Name == name {
			spec := s.Spec
			spec.Name = ownName(name) // also when its label is damaged
			f := a.newForm(spec, true)
			f.engine = engineOf(name)
			return f, true
		}
	}
	return nil, false
}

// freeName is a name nobody has: the default one for the first sandbox.
func freeName(s engine.Snapshot, on string) string {
	taken := map[string]bool{}
	for _, one := range s.Sandboxes {
		if engineOf(one.Name) == on {
			taken[ownName(one.Name)] = true
		}
	}
	if !taken[DefaultSandbox] {
		return DefaultSandbox
	}
	for n := 2; ; n++ {
		if name := fmt.Sprint("sandbox-", n); !taken[name] {
			return name
		}
	}
}

// freePort is the first port from that one on that no container has.
func freePort(s engine.Snapshot, first int, on, but string) int {
	for port := first; port <= 65535; port++ {
		if portUser(s, port, on, but) == "" {
			return port
		}
	}
	return 0
}

// portUser is who has a port of the engine's computer, as far as the engine knows; "" when nobody does. Engines of this computer
// share its ports; another computer's are its own.
func portUser(s engine.Snapshot, port int, on, but string) string {
	far := isFar(s, on)
	suffix := ":" + strconv.Itoa(port)
	for _, one := range s.Sandboxes {
		if (far || one.Far) && engineOf(one.Name) != on {
			continue
		}
		if one.Name != but && (one.Spec.Port == port || strings.HasSuffix(one.Address, suffix)) {
			return one.Name
		}
	}
	for _, c := range s.Others {
		if (far || c.Far) && engineOf(c.Name) != on {
			continue
		}
		if strings.HasSuffix(c.Address, suffix) && c.Status == "running" {
			return c.Name
		}
	}
	return ""
}

// Value is a field's text.
func (f *Form) Value(field Field) string { return f.values[field] }

// Set changes a field's text.
func (f *Form) Set(field Field, text string) { f.values[field] = text }

// textOf is a spec's value as it would be typed.
func (f *Form) textOf(field Field, s sandbox.Spec) string {
	switch field {
	case NameField:
		return s.Name
	case ImageField:
		return s.Image
	case ProjectsField:
		return s.Projects
	case PortField:
		if s.Port > 0 {
			return strconv.Itoa(s.Port)
		}
	case ReachField:
		return s.BindIP
	case MemoryField:
		bytes := s.Memory
		if bytes == 0 {
			bytes = sandbox.DefaultMemory
		}
		return exactMemory(bytes)
	case CPUsField:
		if s.CPUs > 0 {
			return strconv.FormatFloat(s.CPUs, 'g', -1, 64)
		}
	case RestartField:
		return or(s.Restart, config.RestartPolicies[0])
	case HardenedField:
		return strconv.FormatBool(s.Hardened)
	case EnvField:
		var lines []string
		for _, name := range slices.Sorted(maps.Keys(s.Env)) {
			lines = append(lines, name+"="+quoteValue(s.Env[name]))
		}
		return strings.Join(lines, "\n")
	case MountsField:
		var lines []string
		for _, m := range s.Mounts {
			line := m.Source + " -> " + m.Target
			if m.ReadOnly {
				line += " (ro)"
			}
			lines = append(lines, line)
		}
		return strings.Join(lines, "\n")
	}
	return ""
}

// Spec is what the form comes to. It is of use only when Check finds nothing bad.
func (f *Form) Spec() sandbox.Spec {
	s := f.before
	s.Name = strings.TrimSpace(f.values[NameField])
	s.Image = strings.TrimSpace(f.values[ImageField])
	s.Projects = strings.TrimSpace(f.values[ProjectsField])
	s.Port, _ = strconv.Atoi(strings.TrimSpace(f.values[PortField]))
	s.BindIP = strings.TrimSpace(f.values[ReachField])
	if bytes, err := parseMemory(f.values[MemoryField]); err == nil && f.touched(MemoryField) {
		s.Memory = bytes
	}
	s.CPUs, _ = parseCPUs(f.values[CPUsField])
	s.Restart = f.values[RestartField]
	s.Hardened = f.values[HardenedField] == "true"
	s.Env, _ = parseEnv(f.values[EnvField])
	s.Mounts, _ = parseMounts(f.values[MountsField])
	return s
}

// touched reports whether a field's text is another than the one it began with.
func (f *Form) touched(field Field) bool {
	return strings.TrimSpace(f.values[field]) != strings.TrimSpace(f.first[field])
}

// order is the spec that a new sandbox is asked for with. An image that nobody chose is left to the settings, whose list of
// references is tried in order.
func (f *Form) order() sandbox.Spec {
	s := f.Spec()
	if !f.touched(ImageField) && s.Image == f.image {
		s.Image = ""
	}
	return s
}

// Check says what there is to say of each field; nothing of those that are fine.
func (f *Form) Check() map[Field]Finding {
	found := map[Field]Finding{}
	bad := func(field Field, text string) {
		if _, ok := found[field]; !ok {
			found[field] = Finding{Text: text, Bad: true}
		}
	}
	warn := func(field Field, text string) {
		if _, ok := found[field]; !ok {
			found[field] = Finding{Text: text}
		}
	}
	f.checkName(bad)
	f.checkPort(bad)
	f.checkProjects(bad, warn)
	if _, err := parseMemory(f.values[MemoryField]); err != nil {
		bad(MemoryField, err.Error())
	}
	if _, err := parseCPUs(f.values[CPUsField]); err != nil {
		bad(CPUsField, err.Error())
	}
	if _, err := parseEnv(f.values[EnvField]); err != nil {
		bad(EnvField, err.Error())
	}
	mounts, err := parseMounts(f.values[MountsField])
	if err != nil {
		bad(MountsField, err.Error())
	}
	for _, m := range mounts {
		f.checkFolder(MountsField, m.Source, bad, warn)
	}
	if ip := strings.TrimSpace(f.values[ReachField]); ip == everywhere {
		warn(ReachField, i18n.T("Other computers can reach it; only its password keeps them out."))
	}
	whole := f.Spec()
	if whole.Image == "" && !f.touched(ImageField) {
		whole.Image = "as-the-settings-say" // they have one, which is not known yet
	}
	if err := whole.Validate(); err != nil { // what no check above says
		if field := fieldOf(err); field != "" {
			bad(field, capital(Cause(err)))
		}
	}
	return found
}

// Ready reports whether the form can be carried out: nothing is bad, and what has to be confirmed is.
func (f *Form) Ready(confirmed bool) bool {
	found := f.Check()
	if f.seen.waits() {
		return false // what is not known yet may be bad
	}
	for _, finding := range found {
		if finding.Bad || !confirmed {
			return false
		}
	}
	return !f.Edits || len(f.Changes()) > 0
}

// fieldOf is the field an error of a spec is about.
func fieldOf(err error) Field {
	var f *fault.Error
	if errors.As(err, &f) && slices.Contains(Fields, Field(f.Op)) {
		return Field(f.Op)
	}
	return ""
}

func capital(s string) string {
	if s == "" {
		return s
	}
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}
