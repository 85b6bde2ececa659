package viewmodel

import (
	"path/filepath"
	"strconv"
	"strings"

	"berth/engine/connect"
	"berth/engine/sandbox"
	"berth/ui/i18n"
)

func (f *Form) checkName(bad func(Field, string)) {
	if f.Edits {
		return
	}
	if why := f.app.NameTrouble(qualified(strings.TrimSpace(f.values[NameField]), f.engine)); why != "" {
		bad(NameField, why)
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
			but = qualified(f.before.Name, f.engine)
		}
		if user := portUser(f.app.snapshot, port, f.engine, but); user != "" {
			bad(PortField, i18n.T("Taken by %s.", user))
		} else if f.portTaken(port) {
			bad(PortField, i18n.T("Taken by another program on this computer."))
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
	clean := filepath.Clean(path)
	root, home := clean == "/", sandbox.IsHome(clean)
	if f.local() {
		is, known := f.seen.folder(path)
		switch {
		case !known:
		case !is.there && field == ProjectsField:
			bad(field, i18n.T("There is no such folder."))
		case !is.there:
			bad(field, i18n.T("There is no %s.", path))
		case !is.dir && field == ProjectsField:
			bad(field, i18n.T("This is a file, not a folder."))
		}
		root, home = root || is.root, home || is.home
	}
	switch {
	case root:
		warn(field, i18n.T("This is the root folder: the agent could read and change everything."))
	case home:
		warn(field, i18n.T("This is a home folder: the agent could read and change all of it."))
	}
}

// local reports whether the engine's folders are this computer's.
func (f *Form) local() bool {
	s := f.app.snapshot.Engine
	for _, m := range f.app.snapshot.Also {
		if m.Name == f.engine {
			s = m.Status
		}
	}
	return s.Phase == connect.Connected && !s.Endpoint.Remote()
}
