package viewmodel

import (
	"context"
	"strings"

	"berth/engine"
	"berth/engine/agent"
	"berth/engine/secret"
	"berth/engine/task"
	"berth/ui/i18n"
)

// KeyRow is one provider as the list of keys shows it. No key is in it.
type KeyRow struct {
	ID    string
	Name  string
	Shown string // the id as it can be shown
	Words string // what the sandbox has for it
	Tone  Tone
	Has   bool // something that can be removed
	Lost  bool // the sandbox has nothing, and Berth keeps a key
}

// Keys are the provider keys of one sandbox.
type Keys struct {
	app     *App
	Sandbox string

	all     []engine.Provider // as opencode said, and what was changed since
	working bool              // a change is under way
}

// NewKeys are those of a sandbox. Nothing is read before Ask.
func (a *App) NewKeys(sandbox string) *Keys { return &Keys{app: a, Sandbox: sandbox} }

// Ask reads the list, which takes opencode some seconds.
func (k *Keys) Ask(then func(error)) {
	k.app.Async(func(ctx context.Context) func() {
		all, err := k.app.engine.Providers(ctx, k.Sandbox)
		return func() {
			k.all = all
			then(err)
		}
	})
}

// Rows are the providers whose name or id has a text in it, in any case.
func (k *Keys) Rows(filter string) []KeyRow {
	filter = strings.ToLower(strings.TrimSpace(filter))
	var rows []KeyRow
	for _, p := range k.all {
		if strings.Contains(strings.ToLower(p.Name+"\n"+p.ID), filter) {
			rows = append(rows, keyRow(p))
		}
	}
	return rows
}

// Row is one of them.
func (k *Keys) Row(id string) (KeyRow, bool) {
	for _, p := range k.all {
		if p.ID == id {
			return keyRow(p), true
		}
	}
	return KeyRow{}, false
}

func keyRow(p engine.Provider) KeyRow {
	r := KeyRow{ID: p.ID, Name: Plain(p.Name), Shown: Plain(p.ID)}
	switch {
	case p.Has == engine.KeyOnVolume:
		r.Words, r.Tone, r.Has = i18n.T("has a key"), Good, true
	case p.Has == engine.SignedIn:
		r.Words, r.Tone, r.Has = i18n.T("signed in to an account"), Good, true
	case p.Has == engine.FromEnv:
		r.Words, r.Tone = i18n.T("from the environment"), Good
	case p.Kept:
		r.Words, r.Tone = i18n.T("lost its key; Berth keeps one"), Caution
	case p.Usable:
		r.Words = i18n.T("needs none")
	}
	r.Lost = p.Kept && p.Has == engine.NoCredential
	return r
}

// Check says what is wrong with a key while it is typed; nothing, as long as there is none.
func (k *Keys) Check(text string) Finding {
	if text == "" {
		return Finding{}
	}
	if _, err := agent.CleanKey(text); err != nil {
		return Finding{Text: Cause(err), Bad: true}
	}
	return Finding{}
}

// Ready reports whether a key can be sent.
func (k *Keys) Ready(text string) bool {
	_, err := agent.CleanKey(text)
	return err == nil && !k.working
}

// Working reports whether a change is under way.
func (k *Keys) Working() bool { return k.working }

// Save gives the sandbox a key; then is told how that went.
func (k *Keys) Save(id, key string, then func(error)) {
	k.change(id, func(ctx context.Context) error { return k.app.engine.SetKey(ctx, k.Sandbox, id, key) }, keyIsThere, then)
}

// Give gives the sandbox the key that Berth keeps.
func (k *Keys) Give(id string, then func(error)) {
	k.change(id, func(ctx context.Context) error { return k.app.engine.GiveKey(ctx, k.Sandbox, id) }, keyIsThere, then)
}

// Remove takes a key away and forgets it.
func (k *Keys) Remove(id string, then func(error)) {
	gone := func(p *engine.Provider) { p.Has, p.Kept, p.Usable = engine.NoCredential, false, false }
	k.change(id, func(ctx context.Context) error { return k.app.engine.RemoveKey(ctx, k.Sandbox, id) }, gone, then)
}

func keyIsThere(p *engine.Provider) { p.Has, p.Kept, p.Usable = engine.KeyOnVolume, true, true }

// change carries one change out. The list is not read anew for it: right after a change that takes opencode half a minute.
func (k *Keys) change(id string, do func(context.Context) error, done func(*engine.Provider), then func(error)) {
	if k.working {
		return
	}
	k.working = true
	k.app.Async(func(ctx context.Context) func() {
		err := do(ctx)
		return func() {
			k.working = false
			for i := range k.all {
				if err == nil && k.all[i].ID == id {
					done(&k.all[i])
				}
			}
			then(err)
		}
	})
}

// NewPassword gives a sandbox another password.
func (a *App) NewPassword(name string) task.ID { return a.engine.NewPassword(name) }

// AskSecretPlace looks where passwords and provider keys are kept.
func (a *App) AskSecretPlace(then func(Finding)) {
	a.Async(func(ctx context.Context) func() {
		place := a.engine.SecretPlace(ctx)
		return func() { then(placeFinding(place)) }
	})
}

// placeFinding says it. That it is a file is not wrong, but to be known.
func placeFinding(p secret.Place) Finding {
	switch {
	case p.Keyring && p.File != "":
		return Finding{Text: i18n.T("The keyring is locked. Until you unlock it, Berth keeps passwords and provider keys that are new in a file that only you can read, not encrypted: %s", p.File), Bad: true}
	case p.Keyring && p.Why != nil:
		return Finding{Text: i18n.T("Berth keeps passwords and provider keys in the system keyring. It is locked now; you are asked to unlock it when one is needed.")}
	case p.Keyring:
		return Finding{Text: i18n.T("Berth keeps passwords and provider keys in the system keyring.")}
	case secret.NoKeyring(p.Why):
		return Finding{Text: i18n.T("There is no keyring here, so Berth keeps passwords and provider keys in a file that only you can read, not encrypted: %s", p.File), Bad: true}
	}
	return Finding{Text: i18n.T("The keyring cannot be used now: %s. Until it can, Berth keeps passwords and provider keys in a file that only you can read, not encrypted: %s", Cause(p.Why), p.File), Bad: true}
}
