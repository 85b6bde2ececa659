package viewmodel

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/docker/go-units"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/connect"
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

	before   sandbox.Spec
	values   map[Field]string
	snapshot func() engine.Snapshot
	settings config.Settings
	image    string                        // what the settings make sandboxes of
	stat     func(string) (isDir, ok bool) // of a folder of this computer
}

// newForm makes the form of a spec.
func (a *App) newForm(spec sandbox.Spec, edits bool) *Form {
	f := &Form{
		Edits: edits, before: spec, values: map[Field]string{}, settings: a.engine.Settings(),
		snapshot: func() engine.Snapshot { return a.snapshot }, image: a.engine.ImageFor(a.engine.Settings()), stat: folder,
	}
	for _, field := range Fields {
		f.values[field] = f.textOf(field, spec)
	}
	return f
}

// NewForm is the form of a sandbox that does not exist, with the defaults in it.
func (a *App) NewForm() *Form {
	s := a.engine.Settings()
	return a.newForm(sandbox.Spec{
		Name: freeName(a.snapshot), Image: a.engine.ImageFor(s), Port: freePort(a.snapshot, s.Sandbox.Port, ""), Memory: s.Sandbox.MemoryBytes(),
		CPUs: s.Sandbox.CPUs, Hardened: s.Sandbox.Hardened, Restart: s.Sandbox.Restart,
	}, false)
}

// EditForm is the form that changes a sandbox; false when there is none of that name.
func (a *App) EditForm(name string) (*Form, bool) {
	for _, s := range a.snapshot.Sandboxes {
		if s.Name == name {
			spec := s.Spec
			spec.Name = name // also when its label is damaged
			return a.newForm(spec, true), true
		}
	}
	return nil, false
}

func folder(path string) (isDir, ok bool) {
	info, err := os.Stat(path)
	return err == nil && info.IsDir(), err == nil
}

// freeName is a name nobody has: the default one for the first sandbox.
func freeName(s engine.Snapshot) string {
	taken := map[string]bool{}
	for _, one := range s.Sandboxes {
		taken[one.Name] = true
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
func freePort(s engine.Snapshot, first int, but string) int {
	for port := first; port <= 65535; port++ {
		if portUser(s, port, but) == "" {
			return port
		}
	}
	return 0
}

// portUser is who has a port of the engine's computer, as far as the engine knows; "" when nobody does.
func portUser(s engine.Snapshot, port int, but string) string {
	suffix := ":" + strconv.Itoa(port)
	for _, one := range s.Sandboxes {
		if one.Name != but && (one.Spec.Port == port || strings.HasSuffix(one.Address, suffix)) {
			return one.Name
		}
	}
	for _, c := range s.Others {
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
		return Memory(bytes)
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
	if bytes, err := parseMemory(f.values[MemoryField]); err == nil {
		s.Memory = bytes
	}
	s.CPUs, _ = parseCPUs(f.values[CPUsField])
	s.Restart = f.values[RestartField]
	s.Hardened = f.values[HardenedField] == "true"
	s.Env, _ = parseEnv(f.values[EnvField])
	s.Mounts, _ = parseMounts(f.values[MountsField])
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
	if err := f.Spec().Validate(); err != nil { // what no check above says
		if field := fieldOf(err); field != "" {
			bad(field, capital(Cause(err)))
		}
	}
	return found
}

// Ready reports whether the form can be carried out: nothing is bad, and what has to be confirmed is.
func (f *Form) Ready(confirmed bool) bool {
	for _, finding := range f.Check() {
		if finding.Bad || !confirmed {
			return false
		}
	}
	return !f.Edits || len(f.Changes()) > 0
}

func (f *Form) checkName(bad func(Field, string)) {
	name := strings.TrimSpace(f.values[NameField])
	if f.Edits {
		return
	}
	switch {
	case name == "":
		bad(NameField, i18n.T("A sandbox needs a name."))
	case len(name) > 40:
		bad(NameField, i18n.T("This name is too long: at most 40 letters."))
	case sandbox.ValidName(name) != nil:
		bad(NameField, i18n.T("Use small letters, digits and dashes in between."))
	}
	for _, s := range f.snapshot().Sandboxes {
		if s.Name == name {
			bad(NameField, i18n.T("There is a sandbox of that name already."))
		}
	}
}

func (f *Form) checkPort(bad func(Field, string)) {
	text := strings.TrimSpace(f.values[PortField])
	port, err := strconv.Atoi(text)
	switch {
	case text == "":
		return // a free one is picked
	case err != nil:
		bad(PortField, i18n.T("A port is a number."))
	case port < 1 || port > 65535:
		bad(PortField, i18n.T("Use 1 to 65535, or nothing for a free one."))
	default:
		but := ""
		if f.Edits {
			but = f.before.Name
		}
		if user := portUser(f.snapshot(), port, but); user != "" {
			bad(PortField, i18n.T("Taken by %s.", user))
		}
	}
}

func (f *Form) checkProjects(bad, warn func(Field, string)) {
	path := strings.TrimSpace(f.values[ProjectsField])
	if path != "" {
		f.checkFolder(ProjectsField, path, bad, warn)
	}
}

// checkFolder looks at a folder that the sandbox shall see.
func (f *Form) checkFolder(field Field, path string, bad, warn func(Field, string)) {
	absolute := filepath.IsAbs(path) || strings.HasPrefix(path, "/")
	if !absolute {
		if field == ProjectsField {
			bad(field, i18n.T("Write the full path of a folder."))
		}
		return // the name of a volume
	}
	if strings.HasSuffix(filepath.ToSlash(path), "docker.sock") {
		bad(field, i18n.T("The Docker socket would give the agent the whole computer."))
	}
	if f.local() {
		switch isDir, ok := f.stat(path); {
		case !ok && field == ProjectsField:
			bad(field, i18n.T("There is no such folder."))
		case !ok:
			bad(field, i18n.T("There is no %s.", path))
		case !isDir && field == ProjectsField:
			bad(field, i18n.T("This is a file, not a folder."))
		}
	}
	switch {
	case filepath.Clean(path) == "/":
		warn(field, i18n.T("This is the root folder: the agent could read and change everything."))
	case sandbox.IsHome(filepath.Clean(path)):
		warn(field, i18n.T("This is a home folder: the agent could read and change all of it."))
	}
}

// local reports whether the engine's folders are this computer's.
func (f *Form) local() bool {
	s := f.snapshot().Engine
	return s.Phase == connect.Connected && !s.Endpoint.Remote()
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

// parseMemory reads "4 GiB", "4g", "1500m"; a bare number would be bytes, which nobody means.
func parseMemory(text string) (int64, error) {
	text = strings.TrimSpace(text)
	bytes, err := units.RAMInBytes(text)
	_, number := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || number == nil:
		return 0, errors.New(i18n.T("Write a size with its unit, such as 4 GiB."))
	case bytes < config.MinMemory:
		return 0, errors.New(i18n.T("opencode needs at least 512 MiB."))
	}
	return bytes, nil
}

func parseCPUs(text string) (float64, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", "."), 64)
	if err != nil || n <= 0 || n > 4096 {
		return 0, errors.New(i18n.T("Write a number such as 2 or 0.5, or nothing for all."))
	}
	return n, nil
}

// quoteValue writes a value so that parseEnv reads it back: in quotes when it has line ends, quotes or spaces around it.
func quoteValue(value string) string {
	if strings.ContainsAny(value, "\r\n") || strings.HasPrefix(value, `"`) || value != strings.TrimSpace(value) {
		return strconv.Quote(value)
	}
	return value
}

// parseEnv reads a variable a line, NAME=value; a value in quotes may have \n in it.
func parseEnv(text string) (map[string]string, error) {
	env := map[string]string{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		switch {
		case !ok:
			return nil, errors.New(i18n.T("Line %d: write NAME=value.", i+1))
		case !sandbox.ValidEnv(name):
			return nil, errors.New(i18n.T("Line %[1]d: %[2]q is not the name of a variable.", i+1, name))
		}
		if _, twice := env[name]; twice {
			return nil, errors.New(i18n.T("Line %[1]d: %[2]s is there twice.", i+1, name))
		}
		if whole, err := strconv.Unquote(value); err == nil && strings.HasPrefix(value, `"`) {
			value = whole
		}
		env[name] = value
	}
	if len(env) == 0 {
		return nil, nil
	}
	return env, nil
}

// parseMounts reads a mount a line: "/folder -> /inside", "→" or ":" between them, "(ro)" at the end.
func parseMounts(text string) ([]sandbox.Mount, error) {
	var mounts []sandbox.Mount
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		rest, ro := strings.CutSuffix(line, "(ro)")
		if !ro {
			rest, ro = strings.CutSuffix(line, ":ro")
		}
		source, target, ok := cutAny(rest, "->", "→", ":/")
		if !ok {
			return nil, errors.New(i18n.T("Line %d: write /folder -> /path/inside, and (ro) for read-only.", i+1))
		}
		m := sandbox.Mount{Source: strings.TrimSpace(source), Target: strings.TrimSpace(target), ReadOnly: ro}
		if !strings.HasPrefix(m.Target, "/") || m.Target == "/" || m.Source == "" {
			return nil, errors.New(i18n.T("Line %d: the path inside must begin with /.", i+1))
		}
		mounts = append(mounts, m)
	}
	return mounts, nil
}

// cutAny cuts around the first separator that is there; ":/" keeps its slash.
func cutAny(text string, separators ...string) (before, after string, ok bool) {
	for _, s := range separators {
		if before, after, ok = strings.Cut(text, s); ok {
			if s == ":/" {
				after = "/" + after
			}
			return before, after, true
		}
	}
	return "", "", false
}
