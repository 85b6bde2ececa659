package autostart

import "golang.org/x/sys/windows/registry"

func here() system { return runKey{currentUser{}} }

// currentUser is the registry of the user that signs in. Its errors for what is not there are fs.ErrNotExist.
type currentUser struct{}

// text reads a text; the variables of one that Windows fills in when it uses it are filled in.
func (currentUser) text(key, name string) (string, error) {
	k, err := registry.OpenKey(registry.CURRENT_USER, key, registry.QUERY_VALUE)
	if err != nil {
		return "", err
	}
	defer func() { _ = k.Close() }()
	value, kind, err := k.GetStringValue(name)
	if err == nil && kind == registry.EXPAND_SZ {
		return registry.ExpandString(value)
	}
	return value, err
}

func (currentUser) bytes(key, name string) ([]byte, error) {
	k, err := registry.OpenKey(registry.CURRENT_USER, key, registry.QUERY_VALUE)
	if err != nil {
		return nil, err
	}
	defer func() { _ = k.Close() }()
	value, _, err := k.GetBinaryValue(name)
	return value, err
}

func (currentUser) setText(key, name, value string) error {
	k, _, err := registry.CreateKey(registry.CURRENT_USER, key, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer func() { _ = k.Close() }()
	return k.SetStringValue(name, value)
}

func (currentUser) remove(key, name string) error {
	k, err := registry.OpenKey(registry.CURRENT_USER, key, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer func() { _ = k.Close() }()
	return k.DeleteValue(name)
}
