package secret

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/godbus/dbus/v5"

	"berth/engine/fault"
)

// The Secret Service, https://specifications.freedesktop.org/secret-service/latest/.
const (
	secretsName    = "org.freedesktop.secrets"
	secretsPath    = dbus.ObjectPath("/org/freedesktop/secrets")
	secretsService = "org.freedesktop.Secret.Service"
	secretsPrompt  = "org.freedesktop.Secret.Prompt"
	loginPath      = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")
)

// reach looks whether a Secret Service answers, and with ask has it unlocked when it is locked, which may ask the person. The library
// that reads and writes would do so too, but waits for ever, and falls over when the bus dies meanwhile; so it is only let at
// a keyring that is open. The connection is its own: on a shared one its signals would mix with others'.
func reach(ctx context.Context, ask bool) error {
	ctx, end := context.WithCancel(ctx) // the life of the connection
	defer end()
	quick, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	bus, err := connectBus(ctx, quick)
	if err != nil {
		return err
	}
	if err := offered(quick, bus); err != nil {
		return err
	}
	service := bus.Object(secretsName, secretsPath)
	var collections dbus.Variant
	if err := service.CallWithContext(quick, "org.freedesktop.DBus.Properties.Get", 0, secretsService, "Collections").Store(&collections); err != nil {
		return ringTrouble(quick, err)
	}
	target := loginPath
	if list, _ := collections.Value().([]dbus.ObjectPath); !slices.Contains(list, loginPath) {
		var path dbus.ObjectPath
		if err := service.CallWithContext(quick, secretsService+".ReadAlias", 0, "default").Store(&path); err != nil {
			return ringTrouble(quick, err)
		}
		if path == "/" { // a service without a keyring, as on a desktop that was never asked to make one
			return errNone
		}
		target = path
	}
	var isLocked dbus.Variant
	if err := bus.Object(secretsName, target).CallWithContext(quick, "org.freedesktop.DBus.Properties.Get", 0, "org.freedesktop.Secret.Collection", "Locked").Store(&isLocked); err != nil {
		return ringTrouble(quick, err)
	}
	if is, _ := isLocked.Value().(bool); is {
		if !ask {
			return errLocked
		}
		return unlock(ctx, bus, service, target)
	}
	return nil
}

// connectBus connects to the session's bus without starting one, and gives up when quick ends. The connection closes with life.
func connectBus(life, quick context.Context) (*dbus.Conn, error) {
	type connected struct {
		bus *dbus.Conn
		err error
	}
	done := make(chan connected, 1)
	go func() { // a bus that is stuck does not answer the greeting until the connection is closed
		bus, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(life))
		if err == nil {
			if err = bus.Auth(nil); err == nil {
				err = bus.Hello()
			}
			if err != nil {
				_ = bus.Close()
			}
		}
		done <- connected{bus, err}
	}()
	select {
	case c := <-done:
		if c.err != nil {
			return nil, errNone
		}
		return c.bus, nil
	case <-quick.Done():
		return nil, ringTrouble(quick, quick.Err())
	}
}

// offered reports with errNone that no Secret Service runs on the bus and none would be started by it.
func offered(ctx context.Context, bus *dbus.Conn) error {
	for _, list := range []string{"org.freedesktop.DBus.ListNames", "org.freedesktop.DBus.ListActivatableNames"} {
		var names []string
		if err := bus.BusObject().CallWithContext(ctx, list, 0).Store(&names); err != nil {
			return ringTrouble(ctx, err)
		}
		if slices.Contains(names, secretsName) {
			return nil
		}
	}
	return errNone
}

// unlock has a collection unlocked, which shows the keyring's own dialog where it has to.
func unlock(ctx context.Context, bus *dbus.Conn, service dbus.BusObject, collection dbus.ObjectPath) error {
	ctx, cancel := context.WithTimeout(ctx, unlockLimit)
	defer cancel()
	var unlocked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	if err := service.CallWithContext(ctx, secretsService+".Unlock", 0, []dbus.ObjectPath{collection}).Store(&unlocked, &prompt); err != nil {
		return ringTrouble(ctx, err)
	}
	if prompt == "/" {
		if len(unlocked) == 0 {
			return errLocked
		}
		return nil
	}
	signals := make(chan *dbus.Signal, 8)
	bus.Signal(signals)
	defer bus.RemoveSignal(signals)
	if err := bus.AddMatchSignalContext(ctx, dbus.WithMatchObjectPath(prompt), dbus.WithMatchInterface(secretsPrompt)); err != nil {
		return ringTrouble(ctx, err)
	}
	if err := bus.Object(secretsName, prompt).CallWithContext(ctx, secretsPrompt+".Prompt", 0, "").Err; err != nil {
		return ringTrouble(ctx, err)
	}
	for {
		select {
		case signal, alive := <-signals:
			if !alive {
				return silent()
			}
			if signal.Path != prompt || signal.Name != secretsPrompt+".Completed" || len(signal.Body) == 0 {
				continue
			}
			if dismissed, _ := signal.Body[0].(bool); dismissed {
				return errLocked
			}
			return nil
		case <-ctx.Done():
			// Its dialog goes too: an answer that comes later would be for nobody.
			late, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_ = bus.Object(secretsName, prompt).CallWithContext(late, secretsPrompt+".Dismiss", 0).Err
			return errLocked
		}
	}
}

// ringTrouble is why a keyring that is there gives nothing.
func ringTrouble(ctx context.Context, err error) error {
	var refused dbus.Error
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.Is(err, dbus.ErrClosed):
		return silent()
	case ctx.Err() != nil:
		return fault.From("ask the keyring", context.Cause(ctx))
	case errors.As(err, &refused):
		return fault.New(fault.Permission, "ask the keyring", "the keyring refuses: "+refused.Error())
	}
	return silent()
}
