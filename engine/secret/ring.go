package secret

import (
	"context"
	"errors"
	"time"

	"github.com/zalando/go-keyring"

	"berth/engine/fault"
)

// service is the name secrets are filed under in the keyring.
const service = "app.berth.desktop"

// How long a keyring is waited for: one answer, and a person who types the keyring's own password into its dialog.
const (
	answerLimit = 3 * time.Second
	unlockLimit = time.Minute
)

// osRing is the keyring of the operating system.
type osRing struct{}

func (osRing) reach(ctx context.Context, ask bool) error { return reach(ctx, ask) }

func (osRing) get(ctx context.Context, name string) (string, error) {
	got, err := limited(ctx, func() (string, error) { return keyring.Get(service, name) })
	if errors.Is(err, keyring.ErrNotFound) {
		err = ErrNotFound
	}
	return got, err
}

func (osRing) set(ctx context.Context, name, secret string) error {
	_, err := limited(ctx, func() (string, error) { return "", keyring.Set(service, name, secret) })
	return err
}

func (osRing) remove(ctx context.Context, name string) error {
	_, err := limited(ctx, func() (string, error) { return "", keyring.Delete(service, name) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return err
}

// errLocked says that a keyring is there and was not unlocked.
var errLocked error = fault.New(fault.Permission, "ask the keyring", "the keyring is locked")

// silent says that a keyring runs and gives no answer.
func silent() error {
	return fault.New(fault.Timeout, "ask the keyring", "the keyring does not answer")
}

// limited calls do and gives up on its answer after answerLimit: the library's calls cannot be ended.
func limited(ctx context.Context, do func() (string, error)) (string, error) {
	type answer struct {
		secret string
		err    error
	}
	answers := make(chan answer, 1)
	go func() {
		secret, err := do()
		answers <- answer{secret, err}
	}()
	limit := time.NewTimer(answerLimit)
	defer limit.Stop()
	select {
	case a := <-answers:
		return a.secret, a.err
	case <-limit.C:
		return "", silent()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
