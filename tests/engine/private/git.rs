crate::tests![Main: ];
