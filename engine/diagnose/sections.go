package diagnose

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/docker/go-units"

	"berth/engine/fault"
	"berth/engine/mask"
)

// Section is some lines under a heading. Titles and labels are English and fixed, so that the window can translate them.
type Section struct {
	Title string
	Lines []Line
}

// Line is a name and a value; a line without a name is a text of its own.
type Line struct {
	Label, Value string
	Bad          bool // it tells of trouble
	Said         bool // the value is Berth's words, not a name, a path or what another program said
}

// The titles by which a window finds a section.
const (
	DiskTitle = "Disk"
	LogTitle  = "Berth's log"
)

// Sections is the report by heading. Nothing in it is secret: each value was masked here, whoever gave it.
func (r Report) Sections() []Section {
	all := []Section{
		{"Berth", r.program()},
		{"This computer", r.system()},
		{"Connection", r.connection()},
		{"Engine", r.engine()},
		{"Limits", r.limits()},
		{DiskTitle, r.disk()},
	}
	for _, f := range r.Further {
		all = append(all, Section{"Further engine", f.lines()})
	}
	all = append(all, []Section{
		{"Sandboxes", r.sandboxes()},
		{"Newest failures", r.failures()},
		{"Notices", r.notes()},
		{"Crashes", r.crashes()},
		{"Settings", settingLines(r.Settings)},
		{LogTitle, r.log()},
	}...)
	for i := range all {
		for j, line := range all[i].Lines {
			all[i].Lines[j].Label = r.clean(line.Label)
			all[i].Lines[j].Value = r.clean(line.Value)
		}
	}
	return all
}

// clean is the one door: what leaves has no secret in it, no home folder, and no control characters.
func (r Report) clean(text string) string {
	text = strings.Map(printable, colours.ReplaceAllString(text, ""))
	if home := strings.TrimRight(r.Home, `/\`); len(home) > 1 { // first, for its name may look like a key
		text = regexp.MustCompile(regexp.QuoteMeta(home)+`([^\w.-]|$)`).ReplaceAllString(text, "~$1")
	}
	return mask.Text(text)
}

// colours are those of a terminal, as programs put them into what they log.
var colours = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")

func printable(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return ' '
	case r < ' ' || r == 0x7f:
		return -1
	}
	return r
}

func (r Report) program() []Line {
	p := r.Program
	lines := list{}
	lines.add("Version", p.Version+" ("+cmp.Or(p.Commit, "unknown")+")")
	lines.add("Go", p.Go)
	lines.add("Fyne", p.Fyne)
	lines.add("Started", moment(p.Started))
	lines.add("Settings file", p.Settings)
	lines.add("Log file", cmp.Or(p.LogFile, "none"))
	lines.say("Secrets kept in", p.Secrets)
	return lines
}

func (r Report) system() []Line {
	s := r.System
	lines := list{}
	lines.add("System", s.OS)
	lines.add("Kernel", s.Kernel)
	lines.add("Processor", s.Arch+count(", %d CPUs", s.CPUs))
	lines.add("Desktop", strings.Trim(s.Desktop+", "+s.Session, ", "))
	lines.add("Language", s.Language)
	for _, e := range s.Environment {
		lines.add(e.Name, mask.Value(e.Name, e.Value))
	}
	return lines
}

func (r Report) connection() []Line {
	c := r.Connection
	lines := list{}
	state := c.Phase
	if !c.Since.IsZero() {
		state += " since " + moment(c.Since)
	}
	lines = append(lines, Line{Label: "State", Value: state, Bad: c.Phase != "connected"})
	lines.add("Endpoint", strings.TrimSpace(c.Name+"  "+c.Host))
	lines.add("Chosen in the settings", cmp.Or(c.Chosen, "none"))
	if c.Err != nil {
		lines.trouble("Why", c.Err)
	}
	for _, a := range c.Attempts {
		value := a.Host
		switch {
		case a.Err != nil:
			value += ": " + one(a.Err)
		case !a.Tried:
			value += ": not tried"
		default:
			value += fmt.Sprintf(": answers after %d ms", a.Took.Milliseconds())
		}
		lines.add("Tried: "+a.Name, strings.TrimPrefix(value, ": ")+" ["+a.Source+"]")
	}
	return lines
}

func (r Report) engine() []Line {
	if r.Engine == nil {
		lines := list{}
		if r.EngineErr != nil {
			lines.trouble("Trouble", fault.From("", r.EngineErr))
		} else {
			lines.text("No engine is connected.")
		}
		return lines
	}
	e := *r.Engine
	lines := list{}
	lines.add("Product", e.Product+" "+e.Version+", API "+e.API)
	for _, c := range e.Components {
		lines.add(c.Name, c.Value)
	}
	lines.add("System of the engine", e.OS)
	lines.add("Kernel of the engine", e.Kernel)
	lines.add("Processor", e.Arch+count(", %d CPUs", e.CPUs))
	lines.add("Memory", memory(e.Memory))
	lines.add("Storage driver", e.Storage)
	lines.add("Data kept in", e.Root)
	lines.add("Cgroups", strings.Trim("version "+e.Cgroup+", "+e.CgroupDriver, ", "))
	lines.add("Runtime", e.Runtime)
	lines.add("Init", e.Init)
	lines.add("Log driver", e.LogDriver)
	lines.say("Rootless", yes(e.Rootless))
	lines.say("BuildKit", yes(e.BuildKit))
	lines.add("Security", strings.Join(e.Security, "; "))
	for _, p := range e.Proxies {
		lines.add(p.Name, p.Value)
	}
	lines.add("Registry mirrors", strings.Join(e.Mirrors, " "))
	lines.add("Containers", fmt.Sprintf("%d, %d of them running", e.Containers, e.Running))
	lines.add("Images", strconv.Itoa(e.Images))
	for _, w := range e.Warnings {
		lines = append(lines, Line{Label: "Warning", Value: strings.TrimPrefix(w, "WARNING: "), Bad: true})
	}
	return lines
}

// lines are all that is told of a further engine.
func (f Further) lines() []Line {
	all := Report{Connection: f.Connection, Engine: f.Engine, EngineErr: f.EngineErr, Disk: f.Disk}
	lines := list(all.connection())
	if f.Engine != nil || f.EngineErr != nil {
		lines = append(lines, all.engine()...)
		lines = append(lines, all.limits()...)
	}
	if f.Disk != nil {
		lines = append(lines, all.disk()...)
	}
	return lines
}

func (r Report) limits() []Line {
	lines := list{}
	if s := r.System; s.FilesLimit > 0 {
		value := fmt.Sprintf("%d at most", s.FilesLimit)
		if s.FilesOpen > 0 {
			value = fmt.Sprintf("%d of %d", s.FilesOpen, s.FilesLimit)
		}
		lines = append(lines, Line{Label: "Open files of Berth", Value: value, Bad: uint64(s.FilesOpen)*10 > s.FilesLimit*9}) //nolint:gosec // a number of files
	}
	if r.Engine == nil {
		return lines
	}
	if len(r.Engine.Lacks) == 0 {
		lines.say("The engine cannot limit", "nothing that Berth asks for")
	} else {
		lines = append(lines, Line{Label: "The engine cannot limit", Value: strings.Join(r.Engine.Lacks, ", ") + ": sandboxes run without", Bad: true})
	}
	return lines
}

func (r Report) disk() []Line {
	lines := list{}
	if r.Disk == nil {
		lines.text("Not measured. The engine counts it when asked, which may take a while.")
		return lines
	}
	d := r.Disk
	lines.add("Measured", moment(d.At))
	for _, use := range []struct {
		label string
		Use
	}{{"Images", d.Images}, {"Containers", d.Containers}, {"Volumes", d.Volumes}, {"Build cache", d.Builds}} {
		value := fmt.Sprintf("%d, %s", use.Count, units.HumanSize(float64(use.Bytes)))
		if use.Reclaimable > 0 {
			value += ", " + units.HumanSize(float64(use.Reclaimable)) + " of it not in use"
		}
		lines.add(use.label, value)
	}
	for _, f := range d.Free {
		value := fmt.Sprintf("%s of %s free", units.HumanSize(float64(f.Free)), units.HumanSize(float64(f.Total)))
		lines = append(lines, Line{Label: f.What, Value: value + "  " + f.Path, Bad: f.Free < 1e9})
	}
	return lines
}

// stateOf is a state with its detail: an exit code belongs to the word, a reason stands behind it.
func stateOf(s Sandbox) string {
	switch {
	case s.Detail == "":
		return s.State
	case s.State == "exited":
		return s.State + " " + s.Detail
	}
	return s.State + " (" + s.Detail + ")"
}

// memory is a number of bytes as the window writes it: "4 GiB".
func memory(bytes int64) string {
	return units.CustomSize("%.4g %s", float64(bytes), 1024, []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"})
}

func (r Report) sandboxes() []Line {
	lines := list{}
	if len(r.Sandboxes) == 0 {
		lines.text(map[bool]string{true: "There is none.", false: "Not known: no engine told of them."}[r.Listed])
	}
	for _, s := range r.Sandboxes {
		parts := []string{stateOf(s)}
		if !s.Since.IsZero() {
			parts[0] += " since " + moment(s.Since)
		}
		if s.Version != "" {
			parts = append(parts, "opencode "+s.Version)
		}
		if s.Update != "" {
			parts = append(parts, "update to "+s.Update)
		}
		if s.Address != "" {
			parts = append(parts, s.Address)
		}
		lines = append(lines, Line{Label: s.Name, Value: strings.Join(parts, " · "), Bad: s.Err != nil || s.State == "exited" || s.State == "unhealthy"})
		lines.under("container", strings.TrimSpace(short(s.ContainerID)+"  "+s.Restart))
		image := strings.TrimSpace(s.Image + "  " + s.ImageID)
		if s.Digest != "" {
			image += "  registry " + s.Digest
		}
		lines.under("image", image)
		limits := memory(s.Memory) + " of memory"
		if s.CPUs > 0 {
			limits += fmt.Sprintf(", %v CPUs", s.CPUs)
		}
		if s.Hardened {
			limits += ", hardened"
		}
		lines.under("limits", limits)
		lines.under("last exit", s.LastExit)
		lines.under("opened wider", strings.Join(s.Badges, ", "))
		if s.Err != nil {
			lines.trouble("  trouble", s.Err)
		}
	}
	return lines
}

func (r Report) failures() []Line {
	lines := list{}
	for _, f := range r.Failures {
		lines = append(lines, Line{Label: moment(f.At), Value: f.Title, Bad: true})
		lines.trouble("  why", f.Err)
	}
	if len(r.Failures) == 0 {
		lines.text("No task has failed since Berth started.")
	}
	return lines
}

func (r Report) notes() []Line {
	lines := list{}
	for _, n := range r.Notes {
		lines = append(lines, Line{Label: moment(n.At), Value: n.Text, Said: true})
	}
	if len(r.Notes) == 0 {
		lines.text("There was none since Berth started.")
	}
	return lines
}

func (r Report) crashes() []Line {
	lines := list{}
	for _, c := range r.Crashes {
		lines = append(lines, Line{Label: moment(c.At), Value: c.Why, Bad: true})
	}
	if len(r.Crashes) == 0 {
		lines.text("None is known.")
	}
	return lines
}

func (r Report) log() []Line {
	lines := list{}
	switch {
	case r.LogErr != nil:
		lines.trouble("Trouble", fault.From("read the log", r.LogErr))
	case len(r.Log) == 0:
		lines.text("It is empty.")
	}
	for _, line := range r.Log {
		lines = append(lines, Line{Value: line})
	}
	return lines
}

func settingLines(settings []Setting) []Line {
	lines := list{}
	for _, s := range settings {
		lines.add(s.Name, mask.Value(s.Name, s.Value))
	}
	return lines
}

func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04:05 UTC")
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

func count(format string, n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(format, n)
}

func short(id string) string { return id[:min(12, len(id))] }

// one is an error in one line, with its kind and what to do.
func one(err *fault.Error) string {
	text := err.Error()
	if !strings.Contains(text, string(err.Kind)) {
		text += " (" + string(err.Kind) + ")"
	}
	return text
}
