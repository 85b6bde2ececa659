package uitest

import (
	"context"

	"berth/engine"
	"berth/engine/secret"
	"berth/engine/task"
)

// Keys is what the fake tells of provider keys.
type Keys struct {
	Providers []engine.Provider
	Place     secret.Place
	Err       error // why the list, or a change, fails
}

func (f *Engine) Providers(context.Context, string) ([]engine.Provider, error) {
	return f.Keys.Providers, f.Keys.Err
}

func (f *Engine) SetKey(_ context.Context, name, provider, key string) error {
	f.tell("key %s of %s for %s", key, provider, name)
	return f.Keys.Err
}

func (f *Engine) GiveKey(_ context.Context, name, provider string) error {
	f.tell("give the key of %s to %s", provider, name)
	return f.Keys.Err
}

func (f *Engine) RemoveKey(_ context.Context, name, provider string) error {
	f.tell("remove the key of %s from %s", provider, name)
	return f.Keys.Err
}

func (f *Engine) NewPassword(name string) task.ID { return f.tell("new password of %s", name) }

func (f *Engine) SecretPlace(context.Context) secret.Place { return f.Keys.Place }
