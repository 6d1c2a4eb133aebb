"""What the pages share: state, controls, addresses, the viewer and the filmstrip."""
