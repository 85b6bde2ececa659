package engine

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"berth/engine/enginetest"
)

// variant makes an image that differs from another in its labels and, with a program, in its opencode; ref is where it goes.
func variant(t testing.TB, of *enginetest.Engine, base, ref, version, program string) {
	t.Helper()
	of.Variant(t, base, ref, version, program)
}

// vandal is an opencode that spoils what the old one kept, and ends.
const vandal = `#!/bin/sh
echo spoiled > ~/.local/share/opencode/opencode.db
rm -f ~/.local/share/opencode/auth.json ~/.local/share/opencode/opencode.db-wal
echo "I spoiled it all" >&2
exit 7
`

// deleteAtTheEnd takes away what rollback points leave, which names alone do not tell.
func deleteAtTheEnd(t testing.TB, of *enginetest.Engine, name string) {
	t.Cleanup(func() {
		e := open(t, of.Host, nil)
		_ = e.tasks.Find(e.DeleteData(name)).Wait(context.Background())
	})
}

// points are the rollback points of a sandbox.
func points(t testing.TB, e *Engine, name string) []Point {
	t.Helper()
	all, err := e.Points(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// newSession makes one more session with a title.
func newSession(t testing.TB, e *Engine, name, title string) {
	t.Helper()
	if err := ask(t, e, name).Request(t.Context(), http.MethodPost, "/session?directory=/workspace", map[string]string{"title": title}, nil); err != nil {
		t.Fatal(err)
	}
}

func hasSession(t testing.TB, e *Engine, name, title string) bool {
	t.Helper()
	return slices.Contains(strings.Split(titles(t, ask(t, e, name)), ","), title)
}

// integrity has the database read by SQLite itself, in the sandbox: opencode's binary is a runtime that knows it.
func integrity(t *testing.T, e *Engine, name string) {
	t.Helper()
	c := ask(t, e, name)
	var session struct{ ID string }
	request(t.Context(), t, c, http.MethodPost, "/session"+inWorkspace, map[string]any{"title": "check"}, &session)
	var answer any
	request(t.Context(), t, c, http.MethodPost, "/session/"+session.ID+"/shell"+inWorkspace, map[string]any{
		"agent": "build", "command": `BUN_BE_BUN=1 opencode -e 'const {Database} = require("bun:sqlite"); ` +
			`console.log("integrity", JSON.stringify(new Database(process.env.HOME + "/.local/share/opencode/opencode.db").query("PRAGMA integrity_check").get()))'`,
	}, &answer)
	if text := flatten(answer); !strings.Contains(text, `integrity {"integrity_check":"ok"}`) {
		t.Errorf("the database says %s", text)
	}
}
